# Warnings, hardening and sanitizers, as one interface library that every target links.
add_library(bulkhead_flags INTERFACE)
target_compile_features(bulkhead_flags INTERFACE cxx_std_20)
target_include_directories(bulkhead_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

target_compile_options(bulkhead_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual -Wcast-align
  -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override -Wextra-semi -Wformat=2 -Wimplicit-fallthrough
  -Wmissing-declarations -Wundef -Wvla -Walloca -Wswitch-enum -Wzero-as-null-pointer-constant -Wdate-time)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(bulkhead_flags INTERFACE -Wthread-safety -Wunreachable-code -Wcomma
    -Wno-gnu-statement-expression)
else()
  target_compile_options(bulkhead_flags INTERFACE -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wtrampolines
    -Wbidi-chars=any)
endif()
option(BULKHEAD_WERROR "warnings are errors" OFF)
if(BULKHEAD_WERROR)
  target_compile_options(bulkhead_flags INTERFACE -Werror)
endif()

target_compile_options(bulkhead_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
  -fcf-protection=full -ftrivial-auto-var-init=zero -fno-omit-frame-pointer -fPIE)
target_compile_definitions(bulkhead_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(bulkhead_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed)

set(BULKHEAD_SANITIZE "" CACHE STRING "comma list for -fsanitize=; the sandbox is compiled out with it")
if(BULKHEAD_SANITIZE)
  target_compile_options(bulkhead_flags INTERFACE -fsanitize=${BULKHEAD_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(bulkhead_flags INTERFACE -fsanitize=${BULKHEAD_SANITIZE})
  target_compile_definitions(bulkhead_flags INTERFACE BULKHEAD_SANDBOX_OFF=1)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(bulkhead_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
option(BULKHEAD_FUZZ "build the fuzz targets" OFF)
if(BULKHEAD_FUZZ)
  target_compile_options(bulkhead_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
option(BULKHEAD_MUTANTS "build the breach mutants: tests only, never shipped" OFF)

find_program(CCACHE ccache)
if(CCACHE)  # the sloppiness and the flag let ccache hit although a precompiled header is used
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(bulkhead_flags INTERFACE -fpch-preprocess)
  endif()
endif()
