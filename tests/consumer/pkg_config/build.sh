# As in a Makefile: the shell reads what pkg-config prints, quotes and all.
flags=$("$PKG_CONFIG" --cflags tandem)
libs=$("$PKG_CONFIG" --libs tandem)
eval "\"\$CXX\" $CXXFLAGS $flags \"\$SOURCE/main.cpp\" \"\$SOURCE/increment.cpp\" -o consumer $libs"
./consumer
