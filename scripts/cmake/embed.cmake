# Puts files into executables, so that the command needs nothing beside itself.
#
# reprise_embed(LIBRARY FILE FUNCTION HEADER)
#
# Compiles into LIBRARY the function `std::string_view FUNCTION()` of namespace reprise::tracker,
# declared in HEADER, which returns the bytes of FILE: a path from the project's root, or an
# absolute one in the build's folder generated/.
#
# This file is also the script that the build runs: cmake -DINPUT= -DOUTPUT= -DFUNCTION= -DHEADER=
# -P embed.cmake.

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ "${INPUT}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REPEAT "." 80 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  file(WRITE "${OUTPUT}" "// Generated from ${INPUT}.
#include \"${HEADER}\"

namespace reprise::tracker {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}};
}  // namespace
std::string_view ${FUNCTION}() { return {reinterpret_cast<const char*>(kBytes), sizeof kBytes}; }
}  // namespace reprise::tracker
")
  return()
endif()

set(REPRISE_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(reprise_embed library file function header)
  get_filename_component(input "${file}" ABSOLUTE BASE_DIR "${PROJECT_SOURCE_DIR}")
  string(REPLACE "${PROJECT_BINARY_DIR}/generated/" "" name "${file}")
  set(output "${PROJECT_BINARY_DIR}/generated/${name}.cc")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}"
            "-DFUNCTION=${function}" "-DHEADER=${header}" -P "${REPRISE_EMBED_SCRIPT}"
    DEPENDS "${input}" "${REPRISE_EMBED_SCRIPT}"
    VERBATIM)
  target_sources(${library} PRIVATE "${output}")
endfunction()
