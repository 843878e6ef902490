# Installs into a folder that is emptied first, so that no file of an older install helps along.
#
#   cmake -D BUILD=<folder> -D PREFIX=<folder> -P install.cmake

file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  COMMAND_ERROR_IS_FATAL ANY)
