# Tests that read or compile the sources and run none of their programs.

set(scripts ${PROJECT_SOURCE_DIR}/tests/support/cmake)

# How a user's project would call our compiler, for the scripts to include.
set(of_tandem $<TARGET_PROPERTY:tandem,INTERFACE_)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/compiler.cmake CONTENT
"set(compiler \"${CMAKE_CXX_COMPILER}\")
separate_arguments(flags UNIX_COMMAND \"${CMAKE_CXX23_STANDARD_COMPILE_OPTION} -pthread ${CMAKE_CXX_FLAGS}\")
set(definitions \"${of_tandem}COMPILE_DEFINITIONS>\")
set(folders \"${of_tandem}INCLUDE_DIRECTORIES>\")
list(TRANSFORM definitions PREPEND -D)
list(TRANSFORM folders PREPEND -I)
list(APPEND flags \${definitions} \${folders})
")

# ---- Refusals: each of these files must fail to compile, with the message its first line names ----

function(tandem_must_not_compile name source)
  add_test(NAME compile_fail/${name}
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${source} -D COMPILER=${PROJECT_BINARY_DIR}/compiler.cmake
      -P ${PROJECT_SOURCE_DIR}/tests/support/cmake/must_not_compile.cmake)
  set_tests_properties(compile_fail/${name} PROPERTIES
    LABELS compile_fail TIMEOUT ${TANDEM_TEST_TIMEOUT})
endfunction()

file(GLOB refused CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/compile_fail/*.cpp)
foreach(source IN LISTS refused)
  cmake_path(GET source STEM name)
  tandem_must_not_compile(${name} ${source})
endforeach()

# ---- Each header alone: it includes what it needs, and compiles without a warning ----------------

set(alone "")
set(headers_here ${headers})
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  list(FILTER headers_here EXCLUDE REGEX "_linux\\.hpp$")
endif()
foreach(header IN LISTS headers_here)
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include/tandem)
  cmake_path(REPLACE_EXTENSION header cpp OUTPUT_VARIABLE source)
  set(source ${PROJECT_BINARY_DIR}/headers_alone/${source})
  # Twice, so that a header without its #pragma once is found as well.
  file(CONFIGURE OUTPUT ${source} CONTENT
    "#include \"tandem/${header}\"\n#include \"tandem/${header}\"  // again\n")
  list(APPEND alone ${source})
endforeach()

if(alone)
  add_library(headers_alone OBJECT ${alone})
  target_link_libraries(headers_alone PRIVATE tandem_own_flags)
  add_test(NAME headers_alone
    COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target headers_alone)
  set_tests_properties(headers_alone PROPERTIES
    LABELS sources TIMEOUT 600 RESOURCE_LOCK build_folder)
endif()

# ---- Rules that no compiler knows ---------------------------------------------------------------

foreach(rule IN ITEMS layers length awaitables)
  add_test(NAME headers_${rule}
    COMMAND ${CMAKE_COMMAND} -D INCLUDE=${PROJECT_SOURCE_DIR}/include -P ${scripts}/check_${rule}.cmake)
  set_tests_properties(headers_${rule} PROPERTIES LABELS sources TIMEOUT ${TANDEM_TEST_TIMEOUT})
endforeach()

add_test(NAME headers_includes
  COMMAND ${CMAKE_COMMAND} -D INCLUDE=${PROJECT_SOURCE_DIR}/include
    -D COMPILER=${PROJECT_BINARY_DIR}/compiler.cmake -P ${scripts}/check_includes.cmake)
set_tests_properties(headers_includes PROPERTIES LABELS sources TIMEOUT ${TANDEM_TEST_TIMEOUT})
