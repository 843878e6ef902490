include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

# ctest and a layer's test program, played by scripts that list what they are told to.
set(folder ${BUILD}/harness/cases)
function(lists program)
  string(JOIN "\n" lines "#!/bin/sh" "cat <<'END'" ${ARGN} "END" "")
  file(WRITE ${folder}/${program} "${lines}")
  file(CHMOD ${folder}/${program} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

set(played -D CTEST=${folder}/ctest -D BUILD=${folder} -D PROGRAMS=chapter=${folder}/chapter_tests
  -D LIST_NAMES=--list)

lists(chapter_tests "Mutex: locks" "Arc [shared] counts")
lists(ctest "Test project" "  Test  #1: chapter/03_mutex: Mutex: locks"
  "  Test #12: chapter/02_arc: Arc [shared] counts" "  Test #13: chapters: of another layer")
accepts(${played})

lists(ctest "Test project" "  Test  #1: chapter/03_mutex: Mutex: locks")
rejects("chapter: the program has 2 cases, ctest 1" ${played})

lists(chapter_tests "Mutex: locks")
lists(ctest "Test project" "  Test #1: chapter/03_mutex: Mutex: locks" "  Test #2: chapter/02_arc: Mutex: locks")
rejects("chapter: the program has 1 cases, ctest 2" ${played})
