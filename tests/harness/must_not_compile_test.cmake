include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(compiler -D COMPILER=${BUILD}/compiler.cmake)
set(source ${BUILD}/harness/refusal.cpp)

set(text "int const answer = 42; int list[2]; int main() { ")

file(WRITE ${source} "// error: read-only|not assignable|const-qualified\n${text} answer = 43; }\n")
accepts(${compiler} -D SOURCE=${source})

file(WRITE ${source} "// error: read-only|not assignable|const-qualified\n${text} }\n")
rejects("This compiles, but should be refused" ${compiler} -D SOURCE=${source})

# Only the first error counts, and only what the compiler says, not the source that it quotes.
file(WRITE ${source} "// error: undeclared|not declared\n${text} answer = 43; missing = 1; }\n")
rejects("not for the expected reason.*expected: undeclared.not declared got:" ${compiler} -D SOURCE=${source})
file(WRITE ${source} "// error: answer = 43\n${text} answer = 43; }\n")
rejects("not for the expected reason" ${compiler} -D SOURCE=${source})

file(WRITE ${source} "// no word of an error\n${text} answer = 43; }\n")
rejects("The first line of .* must be" ${compiler} -D SOURCE=${source})

set(refused "#ifndef CORRECTED\n answer = 43;\n#else\n")
file(WRITE ${source} "// error: read-only|not assignable|const-qualified\n${text}\n${refused}\n#endif\n}\n")
accepts(${compiler} -D SOURCE=${source})
file(WRITE ${source} "// error: read-only|not assignable|const-qualified\n${text}\n${refused} answer = 44;\n#endif\n}\n")
rejects("with -DCORRECTED it must compile" ${compiler} -D SOURCE=${source})
