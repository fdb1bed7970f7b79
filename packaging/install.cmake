# SPDX-License-Identifier: Apache-2.0
# install: what goes where, by cmake --install and in packages (package.cmake). Included last: it
# knows all programs. The folders are those of GNUInstallDirs.

# The tests need not be built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

# What depends on the prefix that `cmake --install` is given is settled there: in these two scripts,
# which find it in CMAKE_INSTALL_PREFIX.
install(CODE "
  set(GITOPSD_SOURCE_DIR \"${CMAKE_SOURCE_DIR}\")
  set(GITOPSD_BINARY_DIR \"${CMAKE_BINARY_DIR}\")
  set(GITOPSD_BINDIR \"${CMAKE_INSTALL_BINDIR}\")
  set(GITOPSD_LIBEXECDIR \"${CMAKE_INSTALL_LIBEXECDIR}\")
  set(GITOPSD_DATADIR \"${CMAKE_INSTALL_DATADIR}\")
  set(GITOPSD_SYSCONFDIR \"${CMAKE_INSTALL_SYSCONFDIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_folders.cmake)

get_property(targets DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTY BUILDSYSTEM_TARGETS)
foreach(target ${targets})
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "EXECUTABLE")
    continue()
  endif()
  if(target MATCHES "^(gitopsd|gitopsctl)$")
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  else() # started by those two: lib/base/program.h
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/gitopsd)
  endif()
endforeach()

install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_prefixed.cmake)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gitopsd/config
        PATTERN gitopsd.example.yaml EXCLUDE)

install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
install(DIRECTORY ${CMAKE_BINARY_DIR}/completions/bash/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${CMAKE_BINARY_DIR}/completions/fish/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(${CMAKE_CURRENT_LIST_DIR}/package.cmake)
