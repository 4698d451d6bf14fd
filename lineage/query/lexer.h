// The words and signs of an expression's text (docs/where.md).
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise::lineage::query {

// Whether `text` can stand as a word, without quotes.
bool IsWord(std::string_view text);

class Lexer {
 public:
  // `text` must outlive the lexer.
  explicit Lexer(std::string_view text) : text_(text) {}

  std::size_t position() const { return position_; }
  void set_position(std::size_t position) { position_ = position; }

  // Whether nothing but white space is left; it is skipped, as it is by all that follows.
  bool AtEnd();

  // The word here; "" if there is none.
  std::string_view PeekWord();
  std::string_view TakeWord();

  // Takes the word `keyword`, in any case.
  bool TakeKeyword(std::string_view keyword);

  // Takes the sign, whatever follows it.
  bool TakeSign(std::string_view sign);

  // Whether a quoted text begins at this very place, without white space before it.
  bool IsAtQuote() const;
  // Takes it: the same quote twice stands for itself.
  // Errors: kInvalidArgument  it does not end.
  Result<std::string> TakeQuoted();

  // A sentence, the text below it, and a caret below the place.
  Error Fail(std::string_view what) const;

 private:
  void SkipSpace();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace reprise::lineage::query
