# SPDX-License-Identifier: Apache-2.0
# install: what goes where, by cmake --install and in packages (package.cmake). Included last: it
# knows all programs. The folders are those of GNUInstallDirs.

# The tests need not be built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

# Everybody may use what root installs or packs, also where root's umask is 077: then the folders that
# CMake makes on its way to a file would be closed to others. What is there already stays as it is.
set(folders . ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBEXECDIR} ${CMAKE_INSTALL_LIBEXECDIR}/gitopsd
    ${CMAKE_INSTALL_FULL_SYSCONFDIR} ${CMAKE_INSTALL_FULL_SYSCONFDIR}/gitopsd
    lib lib/systemd lib/systemd/system)
foreach(folder "" /doc /doc/gitopsd /gitopsd /bash-completion /fish /man /zsh)
  list(APPEND folders ${CMAKE_INSTALL_DATADIR}${folder})
endforeach()
install(CODE "
  set(folders \"${folders}\")
  foreach(folder IN LISTS folders)
    if(NOT IS_ABSOLUTE \"\${folder}\")
      set(folder \"\${CMAKE_INSTALL_PREFIX}/\${folder}\")
    endif()
    if(NOT EXISTS \"\$ENV{DESTDIR}\${folder}\")
      file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${folder}\")
      file(CHMOD \"\$ENV{DESTDIR}\${folder}\" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
           GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    endif()
  endforeach()")

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

file(READ ${CMAKE_SOURCE_DIR}/systemd/hardening.conf HARDENING)
foreach(unit gitopsd.service gitopsd@.service)
  configure_file(${CMAKE_SOURCE_DIR}/systemd/${unit}.in ${CMAKE_BINARY_DIR}/systemd/${unit} @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/systemd/${unit} DESTINATION lib/systemd/system)
endforeach()

install(FILES ${CMAKE_SOURCE_DIR}/config/gitopsd.example.yaml
        DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/gitopsd RENAME gitopsd.yaml)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gitopsd/config
        PATTERN gitopsd.example.yaml EXCLUDE)

set(zsh_folder site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr") # where only the machine's own functions are, says Debian
  set(zsh_folder vendor-completions)
endif()
install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
install(DIRECTORY ${CMAKE_BINARY_DIR}/completions/bash/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${CMAKE_BINARY_DIR}/completions/zsh/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh_folder})
install(DIRECTORY ${CMAKE_BINARY_DIR}/completions/fish/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(${CMAKE_CURRENT_LIST_DIR}/package.cmake)
