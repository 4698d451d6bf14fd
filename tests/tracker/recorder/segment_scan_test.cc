// Whatever bytes a segment has, the records that come out are those that were written.

#include "tracker/recorder/segment_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "tests/sdk/segment_builder.h"

namespace reprise::tracker {
namespace {

using sdk::testing::SegmentBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using wire::RecordKind;

// One line a record, all fields.
std::string Describe(const SegmentRecord& record) {
  std::ostringstream out;
  struct Writer {
    std::ostringstream& out;
    void operator()(const PointRecord& r) const {
      out << "point " << r.key << ' ' << r.step << ' ' << r.unix_ns << ' ' << r.value;
    }
    void operator()(const ParamRecord& r) const {
      out << "param " << r.unix_ns << ' ' << static_cast<int>(r.type) << ' ' << r.overridden << ' '
          << r.key << '=' << r.value << " (" << r.given << ')';
    }
    void operator()(const EvidenceTextRecord& r) const {
      out << "evidence " << r.unix_ns << ' ' << r.kind << '=' << r.text;
    }
    void operator()(const FileRecord& r) const {
      if (r.evidence) {
        out << "evidence " << r.unix_ns << ' ' << r.role << '=' << r.path;
        return;
      }
      out << (r.output ? "output " : "input ") << r.unix_ns << ' ' << r.path << " [" << r.role
          << "] " << r.stat.device << ':' << r.stat.inode << ' ' << r.stat.size_bytes << ' '
          << r.stat.mtime_unix_ns << ' ' << r.stat.ctime_unix_ns << ' ' << r.stat.mode << ' '
          << static_cast<int>(r.stat.kind) << ' ' << r.stat.executable;
    }
    void operator()(const LogRecord& r) const {
      out << "log " << r.unix_ns << ' ' << r.level << ' ' << r.continues << ' ' << r.text;
    }
    void operator()(const TagRecord& r) const {
      out << "tag " << r.unix_ns << ' ' << r.key << '=' << r.value;
    }
    void operator()(const DeriveRecord& r) const {
      out << "derive " << r.unix_ns << ' ' << r.column << '=';
      for (const char c : r.sources) out << (c == '\0' ? ';' : c);
    }
    void operator()(const NoteRecord& r) const { out << "note " << r.unix_ns << ' ' << r.text; }
    void operator()(const HelloRecord& r) const {
      out << "hello " << r.unix_ns << ' ' << r.pid << ' ' << r.parent_pid << ' '
          << r.process_start_ticks << ' ' << r.session << ' ' << r.forked << ' ' << r.sdk_version;
    }
    void operator()(const MappedFileRecord& r) const {
      out << "mapped " << r.unix_ns << ' ' << r.device << ':' << r.inode << ' ' << r.deleted << ' '
          << r.path;
    }
    void operator()(const FinishRecord& r) const {
      out << "finish " << r.unix_ns << ' ' << r.session << ' ' << r.failed << ' ' << r.forked;
    }
    void operator()(const ExitRecord& r) const {
      out << "exit " << r.unix_ns << ' ' << r.session << ' ' << r.exit_code;
    }
    void operator()(const LossRecord& r) const {
      out << "loss " << r.points << ' ' << r.records << ' ' << r.damaged_bytes;
    }
  };
  std::visit(Writer{out}, record);
  return out.str();
}

struct Scan {
  std::vector<std::string> records;  // All but losses.
  LossRecord loss;
  SegmentState state;
};

Scan ScanAll(std::string_view bytes, Writer writer = Writer::kMayLive, SegmentState state = {}) {
  // A copy that is aligned and of exactly this size, so that a sanitizer sees every overrun.
  std::vector<std::uint64_t> words(bytes.size() / 8);
  std::memcpy(words.data(), bytes.data(), words.size() * 8);
  Scan scan;
  scan.state = std::move(state);
  const auto result = ScanSegment(std::as_bytes(std::span(words)), writer, scan.state,
                                  [&](const SegmentRecord& record) {
                                    if (const auto* loss = std::get_if<LossRecord>(&record)) {
                                      scan.loss.points += loss->points;
                                      scan.loss.records += loss->records;
                                      scan.loss.damaged_bytes += loss->damaged_bytes;
                                    } else {
                                      scan.records.push_back(Describe(record));
                                    }
                                    return Result<void>();
                                  });
  if (!result.ok()) scan.records.push_back("error " + result.error().message);
  return scan;
}

// A record of every kind of the first release.
SegmentBuilder Everything() {
  SegmentBuilder segment(2048);
  segment.Add(RecordKind::kHello, wire::HelloPayload{1, 4711, 4700, 123456, 1, 0, {}, 5, 0},
              {"0.1.0"});
  segment.Add(RecordKind::kParam, wire::ParamPayload{2, 3, 4, 3, 2, 1, 0}, {"eta", "0.05", "0.1"});
  segment.Add(RecordKind::kInput,
              wire::FilePayload{3, 64768, 42, 1000, -5, 6, S_IFREG | 0644, 10, 4, 0},
              {"/data/a.cs", "data"});
  segment.AddKey(0, "loss").AddPoint(0, {-1, 4, 0.5}).AddKey(1, "auc").AddPoint(1, {7, 5, 0.75});
  segment.AddPoint(0, {std::numeric_limits<std::int64_t>::max(), 6, -0.0});
  segment.Add(RecordKind::kLog, wire::LogPayload{7, 2, 5}, {"hello"}, wire::kLogContinues);
  segment.Add(RecordKind::kLog, wire::LogPayload{8, 2, 0}, {});
  segment.Add(RecordKind::kTag, wire::TagPayload{9, 4, 4}, {"team", "risk"});
  segment.Add(RecordKind::kNote, wire::NotePayload{10, 9, 0}, {"a remark\n"});
  segment.Add(RecordKind::kOutput,
              wire::FilePayload{11, 64768, 43, 0, 7, 8, S_IFDIR | 0755, 6, 0, 0}, {"/model"});
  segment.Add(RecordKind::kMappedFile, wire::MappedFilePayload{12, 64768, 44, 9, 1, {}},
              {"/lib/a.so"});
  segment.Add(RecordKind::kExit, wire::ExitPayload{13, 1, -3});
  segment.Add(RecordKind::kFinish, wire::FinishPayload{14, 1, 1, 0, 0});
  return segment;
}

std::vector<std::string> EverythingDescribed() {
  return {"hello 1 4711 4700 123456 1 0 0.1.0",
          "param 2 2 1 eta=0.05 (0.1)",
          "input 3 /data/a.cs [data] 64768:42 1000 -5 6 33188 0 0",
          "point loss -1 4 0.5",
          "point auc 7 5 0.75",
          "point loss 9223372036854775807 6 -0",
          "log 7 2 1 hello",
          "log 8 2 0 ",
          "tag 9 team=risk",
          "note 10 a remark\n",
          "output 11 /model [] 64768:43 0 7 8 16877 1 1",
          "mapped 12 64768:44 1 /lib/a.so",
          "exit 13 1 -3",
          "finish 14 1 1 0"};
}

// The records that came later, in version one all the same.
SegmentBuilder DerivationsAndEvidence() {
  SegmentBuilder segment(512);
  segment.Add(RecordKind::kDerive, wire::DerivePayload{15, 5, 11},
              {"score", std::string_view("age\0amount\0", 11)});
  segment.Add(RecordKind::kEvidenceText, wire::EvidenceTextPayload{16, 10, 2},
              {"validation", "{}"});
  segment.Add(RecordKind::kEvidenceFile, wire::FilePayload{17, 1, 2, 3, 4, 5, 6, 4, 8, 0},
              {"/a/b", "document"});
  return segment;
}

// Expects `built` to be the golden bytes of the file `name`; what is read of them.
Scan ScanGolden(const std::string& name, const SegmentBuilder& built) {
  const std::string path = REPRISE_GOLDEN_DIR "/segment/" + name;
  if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << built.bytes();
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(golden.str().size(), built.size());
  EXPECT_TRUE(golden.str() == built.bytes());
  return ScanAll(golden.str(), Writer::kIsGone);
}

TEST(SegmentScan, TheGoldenBytesOfVersionOneAreRead) {
  const Scan scan = ScanGolden("v1.seg", Everything());
  EXPECT_EQ(scan.records, EverythingDescribed());
  EXPECT_EQ(scan.loss.damaged_bytes, 0U);
}

TEST(SegmentScan, TheGoldenBytesOfDerivationsAndEvidenceAreRead) {
  const Scan scan = ScanGolden("v1_derivations_and_evidence.seg", DerivationsAndEvidence());
  EXPECT_EQ(scan.records,
            (std::vector<std::string>{"derive 15 score=age;amount;", "evidence 16 validation={}",
                                      "evidence 17 document=/a/b"}));
  EXPECT_EQ(scan.loss.damaged_bytes, 0U);
}

TEST(SegmentScan, DerivedColumnsAreReadAndThoseWithoutAnEndedSourceAreDamage) {
  SegmentBuilder segment(512);
  segment.Add(RecordKind::kDerive, wire::DerivePayload{15, 5, 11},
              {"score", std::string_view("age\0amount\0", 11)});
  segment.Add(RecordKind::kDerive, wire::DerivePayload{16, 5, 3}, {"score", "age"});
  segment.Add(RecordKind::kDerive, wire::DerivePayload{17, 0, 4},
              {"", std::string_view("age\0", 4)});
  const Scan scan = ScanAll(segment.bytes(), Writer::kIsGone);
  ASSERT_FALSE(scan.records.empty());
  EXPECT_EQ(scan.records[0], "derive 15 score=age;amount;");
  for (std::size_t i = 1; i < scan.records.size(); ++i) {
    EXPECT_FALSE(scan.records[i].starts_with("derive")) << scan.records[i];
  }
}

TEST(SegmentScan, EvidenceIsReadAndWithoutAKindIsDamage) {
  SegmentBuilder segment(512);
  segment.Add(RecordKind::kEvidenceText, wire::EvidenceTextPayload{15, 10, 2},
              {"validation", "{}"});
  segment.Add(RecordKind::kEvidenceFile, wire::FilePayload{16, 1, 2, 3, 4, 5, 6, 4, 8, 0},
              {"/a/b", "document"});
  segment.Add(RecordKind::kEvidenceText, wire::EvidenceTextPayload{17, 0, 2}, {"", "{}"});
  segment.Add(RecordKind::kEvidenceFile, wire::FilePayload{18, 1, 2, 3, 4, 5, 6, 4, 0, 0},
              {"/a/b", ""});
  const Scan scan = ScanAll(segment.bytes(), Writer::kIsGone);
  ASSERT_GE(scan.records.size(), 2U);
  EXPECT_EQ(scan.records[0], "evidence 15 validation={}");
  EXPECT_EQ(scan.records[1], "evidence 16 document=/a/b");
  for (std::size_t i = 2; i < scan.records.size(); ++i) {
    EXPECT_FALSE(scan.records[i].starts_with("evidence")) << scan.records[i];
  }
}

TEST(SegmentScan, AReaderGoesOnWhereAnotherStoppedAtAnyRecord) {
  const SegmentBuilder built = Everything();
  const std::vector<std::string> all = EverythingDescribed();
  // A first reader that fails at its nth record, and a second one with its cursor only.
  for (std::size_t stop = 0; stop < all.size(); ++stop) {
    SegmentState first;
    std::size_t seen = 0;
    const auto stopped = ScanSegment(AsBytes(built.bytes()), Writer::kMayLive, first,
                                     [&](const SegmentRecord&) -> Result<void> {
                                       if (seen == stop) return Error{ErrorCode::kIoError, "full"};
                                       ++seen;
                                       return {};
                                     });
    EXPECT_FALSE(stopped.ok());
    SegmentState second;
    second.cursor = first.cursor;
    const Scan rest = ScanAll(built.bytes(), Writer::kMayLive, second);
    EXPECT_EQ(rest.records,
              std::vector<std::string>(all.begin() + static_cast<long>(stop), all.end()));
  }
}

TEST(SegmentScan, EveryFlippedBitIsDamageAndNeverAnotherRecord) {
  SegmentBuilder built = Everything();
  const std::vector<std::string> all = EverythingDescribed();
  for (std::size_t bit = sizeof(wire::SegmentHeader) * 8; bit < built.offset() * 8; ++bit) {
    char& byte = built.data()[bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    const Scan scan = ScanAll(built.bytes(), Writer::kIsGone);
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    ASSERT_THAT(scan.records, IsSubsetOf(all)) << bit;
    ASSERT_LT(scan.records.size(), all.size()) << bit;
    ASSERT_GT(scan.loss.damaged_bytes, 0U) << bit;
  }
}

TEST(SegmentScan, ARecordInAnotherPlaceIsNotARecord) {
  const SegmentBuilder built = Everything();
  std::string moved(built.bytes());
  // As if the file system had put back a block at the wrong offset.
  moved.erase(sizeof(wire::SegmentHeader), 8);
  moved.insert(moved.size() - 8, 8, '\0');
  const Scan scan = ScanAll(moved, Writer::kIsGone);
  EXPECT_THAT(scan.records, IsEmpty());
  EXPECT_GT(scan.loss.damaged_bytes, 0U);
}

TEST(SegmentScan, APageThatAPowerCutLostCostsOnlyWhatWasOnIt) {
  SegmentBuilder built(64 << 10);
  built.AddKey(0, "m");
  for (std::int64_t i = 0; i < 1000; ++i) built.AddPoint(0, {i, 0, 1});
  SegmentBuilder straddled = built;
  const std::size_t boundary = built.offset() - 500 * 32;  // Of a record.
  std::memset(built.data() + boundary, 0, 4096);
  const Scan live = ScanAll(built.bytes(), Writer::kMayLive);
  EXPECT_EQ(live.records.size(), 500U);  // The writer may just stand there.
  EXPECT_EQ(live.loss.damaged_bytes, 0U);
  const Scan gone = ScanAll(built.bytes(), Writer::kIsGone);
  EXPECT_EQ(gone.records.size(), 1000U - 4096 / 32);
  EXPECT_EQ(gone.loss.damaged_bytes, 4096U);
  // A page that begins inside of a record takes that one and the last one with it.
  std::memset(straddled.data() + boundary + 16, 0, 4096);
  const Scan both = ScanAll(straddled.bytes(), Writer::kIsGone);
  EXPECT_EQ(both.records.size(), 1000U - 4096 / 32 - 1);
  EXPECT_EQ(both.loss.damaged_bytes, 4096U + 32);
}

TEST(SegmentScan, ATornRecordIsWaitedForWhileItsWriterMayLive) {
  SegmentBuilder built;
  built.AddKey(0, "m").AddPoint(0, {1, 1, 1});
  const std::size_t torn = built.offset();
  built.AddPoint(0, {2, 2, 2});
  SegmentBuilder whole = built;
  std::memset(built.data() + torn, 0, 8);  // All but the header word is there.
  Scan scan = ScanAll(built.bytes());
  EXPECT_THAT(scan.records, ElementsAre("point m 1 1 1"));
  EXPECT_EQ(scan.state.cursor.offset, torn);
  const Scan rest = ScanAll(whole.bytes(), Writer::kMayLive, scan.state);
  EXPECT_THAT(rest.records, ElementsAre("point m 2 2 2"));
  const Scan dead = ScanAll(built.bytes(), Writer::kIsGone);
  EXPECT_THAT(dead.records, ElementsAre("point m 1 1 1"));
  EXPECT_EQ(dead.loss.damaged_bytes, 32U);
}

TEST(SegmentScan, DamageBeforeAFailedVisitIsToldLater) {
  SegmentBuilder built;
  built.AddPoint(0, {1, 1, 1});  // No such series.
  built.AddKey(0, "m").AddPoint(0, {2, 2, 2});
  SegmentState state;
  const auto failed =
      ScanSegment(AsBytes(built.bytes()), Writer::kMayLive, state, [](const SegmentRecord&) {
        return Result<void>(Error{ErrorCode::kNoSpace, "full"});
      });
  EXPECT_FALSE(failed.ok());
  const Scan rest = ScanAll(built.bytes(), Writer::kMayLive, state);
  EXPECT_THAT(rest.records, ElementsAre("point m 2 2 2"));
  EXPECT_EQ(rest.loss.damaged_bytes, 32U);
}

TEST(SegmentScan, LossesAreToldOnce) {
  SegmentBuilder built;
  built.header().points_lost = 5;
  Scan scan = ScanAll(built.bytes());
  EXPECT_EQ(scan.loss.points, 5U);
  built.header().points_lost = 7;
  built.header().records_lost = 1;
  scan = ScanAll(built.bytes(), Writer::kMayLive, scan.state);
  EXPECT_EQ(scan.loss.points, 2U);
  EXPECT_EQ(scan.loss.records, 1U);
  scan = ScanAll(built.bytes(), Writer::kMayLive, scan.state);
  EXPECT_EQ(scan.loss.points, 0U);
}

TEST(SegmentScan, PayloadsThatContradictThemselvesAreDamage) {
  SegmentBuilder built;
  built.AddPoint(0, {1, 1, 1});                                          // No such series.
  built.AddKey(1, "m");                                                  // Not the next series.
  built.AddRaw(RecordKind::kTag, 0, 3, "abc");                           // Too short.
  built.Add(RecordKind::kTag, wire::TagPayload{1, 5, 5}, {"key", "v"});  // Sizes beyond the end.
  built.Add(RecordKind::kTag, wire::TagPayload{1, 1, 0}, {"kv"});        // Bytes left over.
  built.Add(RecordKind::kTag, wire::TagPayload{1, 0, 1}, {"", "v"});     // No key.
  built.Add(RecordKind::kParam, wire::ParamPayload{1, 1, 1, 0, 9, 0, 0}, {"k", "v"});
  built.Add(RecordKind::kInput, wire::FilePayload{1, 0, 0, 0, 0, 0, 0, 3, 0, 0}, {"a/b"});
  built.Add(RecordKind::kLog, wire::LogPayload{1, 4, 0}, {});
  const std::size_t damaged = built.offset() - sizeof(wire::SegmentHeader);
  built.Add(RecordKind::kTag, wire::TagPayload{1, 1, 1}, {"k", "v"});
  const Scan scan = ScanAll(built.bytes());
  EXPECT_THAT(scan.records, ElementsAre("tag 1 k=v"));
  EXPECT_EQ(scan.loss.damaged_bytes, damaged);
}

TEST(SegmentScan, AHeaderThatDoesNotFitIsAnError) {
  const auto code = [](std::string_view bytes) {
    std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
    if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    const auto header = ReadSegmentHeader(std::as_bytes(std::span(words)).first(bytes.size()));
    return header.ok() ? std::optional<ErrorCode>() : header.error().code;
  };
  SegmentBuilder built;
  EXPECT_EQ(code(built.bytes()), std::nullopt);
  EXPECT_EQ(code(""), ErrorCode::kNotFound);
  EXPECT_EQ(code(built.bytes().substr(0, 100)), ErrorCode::kNotFound);
  EXPECT_EQ(code(built.bytes().substr(0, 1024)), ErrorCode::kCorruption);
  built.header().version = 2;
  EXPECT_EQ(code(built.bytes()), ErrorCode::kUnsupportedVersion);
  built.header().version = 1;
  built.header().header_bytes = 8192;
  EXPECT_EQ(code(built.bytes()), ErrorCode::kCorruption);
  built.header().header_bytes = 132;
  EXPECT_EQ(code(built.bytes()), ErrorCode::kCorruption);
  built.header().magic = 0;
  EXPECT_EQ(code(built.bytes()), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::tracker
