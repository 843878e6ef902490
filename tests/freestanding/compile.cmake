# Compiles SOURCE for rv32imac without a libc, and sees what it asks of the linker.
#
#   cmake -D COMPILER=… -D HEADERS=… -D INCLUDE=… -D LEVEL=-Os -D SOURCE=… -D OBJECT=… -P compile.cmake

cmake_minimum_required(VERSION 3.23)

execute_process(
  COMMAND ${COMPILER} -std=c++23 ${LEVEL} -Wall -Wextra -Werror -I${INCLUDE}
    -march=rv32imac -misa-spec=2.2 -mabi=ilp32 -mcmodel=medany
    -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics
    -nostdinc++ -isystem ${HEADERS} -isystem ${HEADERS}/arm-none-eabi/thumb/v7-m/nofp
    -c ${SOURCE} -o ${OBJECT}
  RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Does not compile for bare metal:\n${text}")
endif()

string(REGEX REPLACE "g\\+\\+$" "nm" nm ${COMPILER})
execute_process(COMMAND ${nm} --undefined-only --demangle ${OBJECT} OUTPUT_VARIABLE needed
  COMMAND_ERROR_IS_FATAL ANY)
# What the executor and the port supply, and what compilers take for granted everywhere.
set(supplied "tandem::async::detail::(allocate|free)_frame" "tandem::detail::port_panic"
  "U mem(cpy|set|move|cmp)$" "U abort$")
string(REGEX REPLACE "\n" ";" needed "${needed}")
set(unknown "")
foreach(symbol IN LISTS needed)
  set(known OFF)
  foreach(name IN LISTS supplied)
    if(symbol MATCHES "${name}")
      set(known ON)
    endif()
  endforeach()
  if(NOT symbol STREQUAL "" AND NOT known)
    string(APPEND unknown "\n${symbol}")
  endif()
endforeach()
if(unknown)
  message(FATAL_ERROR "Compiles, and needs what bare metal does not have:${unknown}")
endif()
message("compiles, and needs nothing that bare metal does not have")
