# The store that graph_store makes can be asked, and its rows are those that rebuilding gives.

set(project "${CMAKE_CURRENT_BINARY_DIR}/graph_store_test")
file(REMOVE_RECURSE "${project}")
execute_process(COMMAND "${STORE}" make "${project}" 500 COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
execute_process(COMMAND "${STORE}" ask "${project}" 500 OUTPUT_VARIABLE before
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\"(nodes|edges)\": [0-9]+" before "${before}")
execute_process(COMMAND "${TOOL}" --store "${project}" --json status OUTPUT_VARIABLE status
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT status MATCHES "\"runs\": 500,")
  message(FATAL_ERROR "500 runs were made, and the store has: ${status}")
endif()
file(REMOVE_RECURSE "${project}/.reprise/catalog")
execute_process(COMMAND "${STORE}" ask "${project}" 500 OUTPUT_VARIABLE after
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\"(nodes|edges)\": [0-9]+" after "${after}")
if(NOT before STREQUAL after OR before STREQUAL "")
  message(FATAL_ERROR "the rebuilt store answers ${after}, and the first one ${before}")
endif()
file(REMOVE_RECURSE "${project}")
