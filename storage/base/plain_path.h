// Paths that lead where they say: what is laid out or mounted at one lies nowhere else.
//
// Thread-safety: pure functions.

#pragma once

#include <string_view>

namespace reprise {

// Whether `name` can be one of a folder: it is not "", "." or "..", and has no '/' or zero byte.
bool IsPlainName(std::string_view name);

// Whether every part of `path` between slashes is a plain name: "a/b", and no path that begins or
// ends with a slash.
bool ArePlainNames(std::string_view path);

// Whether `path` is absolute and every part of it a plain name; "/" has no part.
bool IsPlainPath(std::string_view path);

}  // namespace reprise
