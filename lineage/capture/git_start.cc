// The start of libgit2, and a libgit2 without a network.
//
// What libgit2 can do over TLS, SSH and Kerberos is of no use here: Reprise only reads repositories
// on disk.  Where libgit2 is linked from its archive, the functions below stand in for those by
// which it reaches that code, so that the linker leaves it out: the command is then free of
// seventeen shared libraries, which took longer to link at each start than most commands take, and
// of reading all certificates of the machine in git_libgit2_init().  A shared libgit2 does not look
// here, and works too.
//
// Should another version of libgit2 need more of that code, linking fails with a duplicate symbol:
// nothing is replaced unnoticed.

#include "lineage/capture/git2.h"

// The parameters are those of libgit2 1.5, where types matter not: nothing reads them.
// NOLINTBEGIN(bugprone-reserved-identifier): a name that libgit2 chose.
extern "C" {
int git_mbedtls_stream_global_init() { return 0; }
int git_mbedtls__set_cert_location(const char*, const char*) { return GIT_ERROR; }
int git_mbedtls_stream_new(void**, const char*, const char*) { return GIT_ERROR; }
int git_mbedtls_stream_wrap(void**, void*, const char*) { return GIT_ERROR; }
int git_transport_ssh_global_init() { return 0; }
int git_smart_subtransport_ssh(void**, void*, void*) { return GIT_ERROR; }
int git_http_auth_negotiate(void**, const void*) { return GIT_ERROR; }
}
// NOLINTEND(bugprone-reserved-identifier)

namespace reprise::capture {

void StartGit() {
  static const bool started = [] {
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // Extensions of the repository format that do not change what a reader must do.
    const char* extensions[] = {"worktreeconfig", "partialclone", "preciousobjects"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, std::size(extensions));
    return true;
  }();
  (void)started;
}

}  // namespace reprise::capture
