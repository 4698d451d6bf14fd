// Canonical JSON (storage/base/canonical.h) that is written as it is told.
//
// For documents that are written very often: making a Json of them first takes most of the time.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise {

// Whoever tells it sees to it that it is one whole value, and names the members of an object in
// canonical order.  Thread-safety: one thread at a time.
class CanonicalWriter {
 public:
  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();

  // The name of the value that follows; ASCII that needs no escapes, and stays as it is until the
  // object ends.
  CanonicalWriter& Name(std::string_view name);

  void Null() { AppendPlain("null"); }
  void Bool(bool value) { AppendPlain(value ? "true" : "false"); }
  void Number(double number);  // Finite.
  void Text(std::string_view text);
  void Bytes(std::string_view bytes);  // As BytesToJson() (storage/base/text_value.h).
  void DigestText(const Digest& digest);
  void Value(const Json& value);

  // What was written.
  // Errors: kInvalidArgument  as Canonicalize().
  Result<std::string> Finish();

 private:
  void BeginValue();
  void AppendPlain(std::string_view text);
  Result<void> Write(const Json& value);
  Result<void> WriteText(std::string_view text);
  Result<void> WriteObject(const Json::Object& object);

  std::string out_;
  bool needs_comma_ = false;
  std::vector<std::string_view> last_names_;  // Of the objects that are open.
  std::optional<Error> failure_;              // The first.
  // Of the parts of Value() that are being written, each after those around it.
  std::vector<const Json::Member*> members_;
};

}  // namespace reprise
