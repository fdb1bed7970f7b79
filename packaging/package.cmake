# SPDX-License-Identifier: Apache-2.0
# package: the .deb, made by `cpack` in the build folder.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gitopsd)
set(CPACK_PACKAGE_CONTACT "The gitopsd authors <gitopsd@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "make a Kubernetes cluster follow a Git repository")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "gitopsd renders kustomize overlays and plain manifests from Git, compares them with what is\n\
live in one Kubernetes cluster, and applies the difference, with prune and self-heal. It reads\n\
the Applications and AppProjects of Argo CD. gitopsctl renders, compares and shows without it.")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(CMAKE_CROSSCOMPILING)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
                          dpkg-architecture -q DEB_HOST_ARCH
                  OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_ARCHITECTURE OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
# Which packages have the shared libraries is asked of dpkg.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# tzdata for the time zones of sync windows: a small Ubuntu has none.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata")
# Where commits have to be signed.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gpg")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_LIST_DIR}/debian/conffiles
    ${CMAKE_CURRENT_LIST_DIR}/debian/postinst
    ${CMAKE_CURRENT_LIST_DIR}/debian/prerm
    ${CMAKE_CURRENT_LIST_DIR}/debian/postrm)
include(CPack)
