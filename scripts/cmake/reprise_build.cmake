# Helpers shared by every CMakeLists.txt of the project.
#
# A folder is a library: every .cc file in it belongs to it, so a source that exists is built and a
# test that exists is registered (docs/decisions/0002-a-folder-is-a-library.md).

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(REPRISE_SANITIZE "" CACHE STRING "Value of -fsanitize=, for example address,undefined")
option(REPRISE_WARNINGS_AS_ERRORS "Fail on compiler warnings" ${PROJECT_IS_TOP_LEVEL})

add_library(reprise_options INTERFACE)
target_compile_options(reprise_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees uninitialised strings inside std::variant where there are none (GCC bug 105562).
  target_compile_options(reprise_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(REPRISE_WARNINGS_AS_ERRORS)
  target_compile_options(reprise_options INTERFACE -Werror)
endif()
target_include_directories(reprise_options INTERFACE "${PROJECT_SOURCE_DIR}")
if(REPRISE_SANITIZE)
  # Global, so that generated code and test executables agree.
  add_compile_options(-fsanitize=${REPRISE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # Its check needs a pipe, and calls every object invalid in a process that has no descriptor left;
  # nothing here casts down a hierarchy, which is what it looks for.
  add_compile_options(-fno-sanitize=vptr)
  add_link_options(-fsanitize=${REPRISE_SANITIZE})
endif()

# reprise_library(NAME FOLDER [PUBLIC libs…] [PRIVATE libs…])
#
# A static library `reprise_NAME` of every .cc file directly in FOLDER, with the heavy standard
# headers precompiled once per library.
function(reprise_library name folder)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "PUBLIC;PRIVATE")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")  # Belongs to an executable.
  add_library(reprise_${name} STATIC ${sources})
  target_link_libraries(reprise_${name} PUBLIC ${ARG_PUBLIC} PRIVATE reprise_options ${ARG_PRIVATE})
  target_include_directories(reprise_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_precompile_headers(reprise_${name} PRIVATE <algorithm> <cstdint> <functional> <map>
                            <memory> <optional> <span> <string> <string_view> <utility> <vector>)
endfunction()

# reprise_archives(NAME libs…)
#
# An interface library `reprise_archives_NAME` of static archives of third-party libraries, in the
# order in which they need each other.
function(reprise_archives name)
  add_library(reprise_archives_${name} INTERFACE)
  foreach(archive IN LISTS ARGN)
    find_library(REPRISE_ARCHIVE_${archive} "lib${archive}.a")
    if(NOT REPRISE_ARCHIVE_${archive})
      message(FATAL_ERROR "there is no lib${archive}.a; install it, or configure with "
                          "-DREPRISE_LINK_ARCHIVES=OFF to link shared libraries")
    endif()
    target_link_libraries(reprise_archives_${name} INTERFACE "${REPRISE_ARCHIVE_${archive}}")
  endforeach()
endfunction()

# reprise_proto(NAME FOLDER)
#
# Generates and compiles every .proto file directly in FOLDER into `reprise_NAME`.  Generated
# headers are included by their path from the project's root: "tracker/proto/x.pb.h".  The target
# `reprise_protos` makes those of every folder, for tools that read sources without building them.
add_custom_target(reprise_protos)
function(reprise_proto name folder)
  file(GLOB protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.proto")
  set(generated)
  foreach(proto IN LISTS protos)
    file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}" "${proto}")
    string(REGEX REPLACE "\\.proto$" "" stem "${PROJECT_BINARY_DIR}/generated/${relative}")
    add_custom_command(
      OUTPUT "${stem}.pb.cc" "${stem}.pb.h"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/generated"
      COMMAND protobuf::protoc "--cpp_out=${PROJECT_BINARY_DIR}/generated"
              "-I${PROJECT_SOURCE_DIR}" "${proto}"
      DEPENDS "${proto}"
      VERBATIM)
    list(APPEND generated "${stem}.pb.cc" "${stem}.pb.h")
  endforeach()
  if(NOT generated)
    add_library(reprise_${name} INTERFACE)
    return()
  endif()
  add_library(reprise_${name} STATIC ${generated})
  target_include_directories(reprise_${name} SYSTEM PUBLIC "${PROJECT_BINARY_DIR}/generated")
  target_link_libraries(reprise_${name} PUBLIC protobuf::libprotobuf)
  add_dependencies(reprise_protos reprise_${name})
endfunction()

# reprise_tests(NAME FOLDER LABEL libs…)
#
# One GoogleTest executable `NAME_test` of every *_test.cc file directly in FOLDER; each test case
# becomes a ctest with LABEL.
function(reprise_tests name folder label)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE reprise_options ${ARGN} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name}_test PRIVATE <gtest/gtest.h>)
  target_compile_definitions(${name}_test PRIVATE
    REPRISE_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    REPRISE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name}_test PROPERTIES LABELS "${label}" DISCOVERY_TIMEOUT 60)
endfunction()
