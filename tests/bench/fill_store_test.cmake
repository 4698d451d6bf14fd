# The store that fill_store makes is sound: fsck reads every byte of it, and all runs are there.

set(project "${CMAKE_CURRENT_BINARY_DIR}/fill_store_test")
file(REMOVE_RECURSE "${project}")
execute_process(COMMAND "${FILL}" "${project}" 30 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${TOOL}" --store "${project}" fsck --read-data COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${TOOL}" --store "${project}" --json status OUTPUT_VARIABLE status
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT status MATCHES "\"runs\": 30,")
  message(FATAL_ERROR "30 runs were made, and the store has: ${status}")
endif()
file(REMOVE_RECURSE "${project}")

# A store of rows alone answers what lists ask.
execute_process(COMMAND "${FILL}" "${project}" 2000 rows COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${TOOL}" --store "${project}" runs --where "params.seed = 17"
                OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
if(NOT found MATCHES "brave-otter-17 ")
  message(FATAL_ERROR "run 17 was not found: ${found}")
endif()
file(REMOVE_RECURSE "${project}")
