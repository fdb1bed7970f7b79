# SPDX-License-Identifier: Apache-2.0
# arm64: a toolchain file, for building on another architecture what runs on arm64:
# `cmake --preset package --toolchain packaging/arm64.cmake`. It takes Debian's package
# crossbuild-essential-arm64 and the libraries of that architecture (tests/packaging/on-release
# installs both). A gitopsctl of this machine makes the manual pages: one in PATH, or
# GITOPSD_NATIVE_GITOPSCTL.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(PKG_CONFIG_EXECUTABLE aarch64-linux-gnu-pkg-config)
# So that ctest runs programs; those that start others need the kernel to know how (binfmt_misc).
find_program(CMAKE_CROSSCOMPILING_EMULATOR NAMES qemu-aarch64 qemu-aarch64-static)
