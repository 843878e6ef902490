# A checked file and an unchecked one do not link if one gives a lock or a task to the other, and
# the error names it. If they keep such things to themselves, they live together.
# shellcheck disable=SC2086  # CXXFLAGS is a list
compile() { # <source> <0 or 1> [flag]
    "$CXX" $CXXFLAGS -std=c++23 -DTANDEM_CHECKED="$2" ${3:-} -I "$INCLUDE" -c "$SOURCE/mixed_builds/$1.cpp" \
        -o "$1$2${3:-}.o"
}
link() { "$CXX" $CXXFLAGS "$@" -o consumer -pthread; }

for checked in 0 1; do
    compile main $checked
    compile main $checked -DALONE
    compile other $checked
    link main$checked.o other$checked.o
    ./consumer
done

for files in "main0.o other1.o" "main1.o other0.o"; do
    if link $files 2> errors; then
        echo "$files link, and each takes the other's types for its own" >&2
        exit 1
    fi
    case $files in *main0*) build=unchecked ;; *) build=checked ;; esac
    grep -F "of_mutex(tandem::sync::$build::Mutex<int> const&)" errors
    grep -F "of_task(tandem::async::$build::Task<int>&)" errors
done

for files in "main0-DALONE.o other1.o" "main1-DALONE.o other0.o"; do
    link $files
    ./consumer
done
