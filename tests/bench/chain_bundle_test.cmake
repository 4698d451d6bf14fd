# What the part `audit` of scripts/bench exports, in small, passes its checks.

set(project "${CMAKE_CURRENT_BINARY_DIR}/chain_bundle_test")
file(REMOVE_RECURSE "${project}")
execute_process(COMMAND "${STORE}" chain "${project}" 30 COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
execute_process(COMMAND "${TOOL}" --store "${project}" audit export @last -o "${project}/bundle"
                COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
execute_process(COMMAND "${TOOL}" audit verify "${project}/bundle" OUTPUT_VARIABLE said
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "30 runs are in the ledger")
  message(FATAL_ERROR "29 ancestors were to be in the bundle: ${said}")
endif()
file(REMOVE_RECURSE "${project}")
