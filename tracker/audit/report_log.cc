#include "tracker/audit/report_log.h"

#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/audit/report_sections.h"
#include "tracker/erasure_document.h"

namespace reprise::tracker {
namespace {

void WriteEvents(const std::vector<const BundleEvent*>& events, std::string_view otherwise,
                 HtmlWriter& page) {
  Rows rows;
  for (const BundleEvent* const event : events) {
    const storage::LedgerEntry& entry = event->entry;
    rows.push_back({Number(std::to_string(entry.sequence)), Plain(FormatTime(entry.time_unix_ms)),
                    Plain(entry.kind), Plain(entry.actor), Digits(entry.subject),
                    Digits(entry.payload.ToString())});
  }
  page.Table({{"Entry", "sequence"},
              {"Time", "time"},
              {"Kind", "kind"},
              {"Who", "actor"},
              {"About", "subject"},
              {"Document", "payload"}},
             rows, otherwise, {"Events of the log", "data/events.csv"});
}

std::vector<const BundleEvent*> EventsFrom(const BundleContent& content, std::uint64_t sequence) {
  std::vector<const BundleEvent*> events;
  for (const BundleEvent& event : content.events) {
    if (event.entry.sequence >= sequence) events.push_back(&event);
  }
  return events;
}

}  // namespace

void WriteSince(const BundleContent& content, HtmlWriter& page) {
  if (!content.since.has_value()) return;
  const std::uint64_t size = content.since->state.size;
  page.Heading("Changes since");
  page.Paragraph("The log had " + std::to_string(size) +
                 " entries when the checkpoint was made that this bundle was asked to begin from, "
                 "and has " +
                 std::to_string(content.signed_state.size) +
                 " now. log/since/ has that checkpoint and the proof that nothing before it was "
                 "changed. What came after it and is about this:");
  WriteEvents(EventsFrom(content, size), "Nothing.", page);
}

Result<void> WriteErasures(const BundleContent& content, HtmlWriter& page) {
  std::vector<std::string> sentences;
  for (const BundleEvent& event : content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.kind != kErasureEntry) continue;
    REPRISE_ASSIGN_OR_RETURN(const ErasureDocument erasure,
                             DecodeErasure(content.documents.at(entry.payload)));
    for (const ErasedItem& item : erasure.items) {
      std::string paths;
      for (const std::string& path : item.paths) paths += " '" + Printable(path) + "'";
      sentences.push_back(item.kind + paths + " (" + item.digest.ToString() + "), on " +
                          FormatTime(entry.time_unix_ms) + " by " + Printable(entry.actor) + ": " +
                          Printable(erasure.reason));
    }
  }
  if (sentences.empty()) return {};
  page.Heading("What was erased");
  page.Paragraph(
      "The bytes were removed from the store on purpose. That they were there, and what came of "
      "them, stays in the record.");
  page.List(sentences);
  return {};
}

void WriteLedger(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Ledger");
  page.Facts({{"Log", Plain(content.signed_state.origin)},
              {"Entries", Plain(std::to_string(content.signed_state.size))},
              {"Root", Digits(ToBase64(content.signed_state.root.bytes()))},
              {"Key", Digits(content.key)},
              {"Key's fingerprint", Digits(content.key_fingerprint)}});
  page.Raw("<pre>" + HtmlText(content.checkpoint) + "</pre>\n");
  WriteSeals(content, page);
  WriteEvents(EventsFrom(content, 0), "No entries.", page);
}

void WriteChecking(HtmlWriter& page) {
  page.Heading("How to check this");
  page.Raw(
      "<pre>python3 verify.py                       # everything in this bundle\n"
      "python3 verify.py --since CHECKPOINT    # … against a checkpoint that you kept\n"
      "python3 verify.py --trust KEY           # … against a key that you know\n"
      "sha256sum -c SHA256SUMS                 # the files alone</pre>\n");
  page.Paragraph(
      "verify.py needs Python 3.7 and openssl 3.0 or newer, no network and no Reprise. Keep a copy "
      "of log/checkpoint where nobody else can change it: with it, any later bundle of this store "
      "can be checked against what it says today. This page and the tables are covered by "
      "SHA256SUMS, which the log's key signs.");
}

}  // namespace reprise::tracker
