// How exports name things: identifiers that other tools take, and text from outside made harmless.
//
// docs/decisions/0022-names-in-exports.md says why these.  Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lineage/percent_encode.h"
#include "storage/base/digest.h"
#include "storage/base/ulid.h"

namespace reprise::lineage {

// "urn:reprise:<name>": the namespace of what only Reprise has a word for.
std::string RepriseUri(std::string_view name);

// A path as a relative reference of RFC 3986 §4.2, or as the path of a file URI: slashes stay, and
// whatever bytes it has can be had back.  A colon is encoded, so that it begins with no scheme.
std::string PathReference(std::string_view path);

// "nih:sha-256;<64 hexadecimal digits>" (RFC 6920 §7): what sha256sum prints, as a URI.
std::string DigestUri(const Digest& digest);

// The run's id as a UUID of version 7 (RFC 9562 §5.7): the same time, and the random bits but for
// the six that say what a UUID it is.
std::string RunUuid(const Ulid& id);
std::string RunUri(const Ulid& id);  // "urn:reprise:run:<id>"

// What git calls a repository, as a URI: "git@host:path" is "ssh://git@host/path".  None of what is
// no URI: a path, an alias.
std::optional<std::string> RepositoryUri(std::string_view remote);

// Text that people wrote, of more than a line: itself where it is UTF-8 without NUL, else
// Printable().
std::string FreeText(std::string_view text);

}  // namespace reprise::lineage
