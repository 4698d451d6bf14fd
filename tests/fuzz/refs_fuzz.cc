// Arbitrary bytes as the name of a run, of content or of a place in one: they name what is in the
// store, or nothing, and never the wrong kind.

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/refs.h"

namespace {

using reprise::Ulid;
using reprise::tracker::Store;
using reprise::tracker::testing::CatalogDisk;
using reprise::tracker::testing::TestRun;

constexpr char kProject[] = "/project";
constexpr char kStore[] = "/project/.reprise";

// A store with one run, and a file beside it.
struct Fixture {
  Fixture() {
    run.id = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    run.name = "first";
    run.inputs = {{"data.csv", "a,b\n"}};
    run.outputs = {{"model", "weights"}};
    run.metrics = {{"auc", 0.8}};
    REPRISE_ASSERT(files.CreateDirectory(kProject).ok());
    REPRISE_ASSERT(Store::Create(files, kProject).ok());
    REPRISE_ASSERT(reprise::WriteFileDurably(files, "/project/data.csv", "a,b\n").ok());
    REPRISE_ASSERT(reprise::tracker::testing::SealRun(files, kStore, run).ok());
    auto opened = Store::Open(files, kStore, disk.Options(files));
    REPRISE_ASSERT(opened.ok());
    store = *std::move(opened);
  }
  reprise::testing::FaultFileSystem files;
  CatalogDisk disk;
  TestRun run;
  std::unique_ptr<Store> store;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::tracker;        // NOLINT: a fuzz target is its own program.
  static Fixture& fixture = *new Fixture;  // Ends with the program, whose sanitizers reach it.
  fixture.files.SyncAll();                 // Forgets the calls of the input before.
  const std::string ref(reinterpret_cast<const char*>(data), size);
  const RefContext context{.store = *fixture.store, .working_directory = kProject};
  const auto resolved = ResolveRef(context, ref);
  const auto run = ResolveRun(context, ref);
  if (run.ok()) REPRISE_ASSERT(*run == fixture.run.id);
  if (resolved.ok()) {
    const bool is_run = std::holds_alternative<Ulid>(*resolved);
    REPRISE_ASSERT(run.ok() == is_run);
  } else {
    REPRISE_ASSERT(!run.ok() && reprise::IsUtf8(resolved.error().message));
  }
  (void)ResolveArtifact(context, ref);
  return 0;
}
