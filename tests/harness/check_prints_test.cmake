include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(here ${CMAKE_CURRENT_LIST_DIR}/prints)
set(program -D PROGRAM=${here}/program.sh)
set(silent -D PROGRAM=true)

accepts(${program} -D SOURCE=${here}/right.txt)
accepts(${program} -D SOURCE=${here}/right_in_any_order.txt)
accepts(${silent} -D SOURCE=${here}/nothing.txt)

rejects("line 2, expected: // twi?ce two .*line 2, printed: // two" ${program} -D SOURCE=${here}/wrong.txt)
rejects("line 3, expected: line 3, printed: three" ${program} -D SOURCE=${here}/too_short.txt)
rejects("line 1, expected: // two" ${program} -D SOURCE=${here}/wrong_order.txt)
rejects("in any order" ${program} -D SOURCE=${here}/wrong_in_any_order.txt)
rejects("line 1, expected: line 1, printed: one" ${program} -D SOURCE=${here}/nothing.txt)
rejects("line 1, expected: one" ${silent} -D SOURCE=${here}/right.txt)
rejects("must end with what it prints" ${program} -D SOURCE=${here}/says_nothing.txt)
rejects("ended with status" -D PROGRAM=false -D SOURCE=${here}/nothing.txt)
