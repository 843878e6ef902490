# No build system at all: one command.
# shellcheck disable=SC2086  # CXXFLAGS is a list
"$CXX" $CXXFLAGS -std=c++23 -I "$INCLUDE" "$SOURCE/main.cpp" "$SOURCE/increment.cpp" -o consumer -pthread
./consumer
