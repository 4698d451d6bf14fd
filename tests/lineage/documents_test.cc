// The recipe, code and run documents: their golden bytes, and what their readers refuse.

#include <gtest/gtest.h>

#include <cmath>

#include "lineage/closure.h"
#include "lineage/param_value.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using testing::ExpectGolden;

ArtifactUse UseOf(const std::string& path, const std::string& role, std::string_view content) {
  ArtifactUse use;
  use.path = path;
  use.role = role;
  use.digest = crypto::Sha256(content);
  use.size_bytes = content.size();
  return use;
}

Recipe SomeRecipe() {
  Recipe recipe;
  recipe.command = {"python3", "train.py", "--data=caf\xe9", "é\n"};
  recipe.working_directory = ".";
  recipe.code = crypto::Sha256("code tree");
  recipe.environment = crypto::Sha256("environment");
  recipe.inputs = {UseOf("data/z.csv", "train", "z"), UseOf("data/a\xff.csv", "", "a")};
  recipe.inputs[0].kind = ArtifactKind::kFolder;
  recipe.inputs[1].unstable = true;
  recipe.parameters = {{"eta", ParamValue::Real(0.1)},
                       {"depth", ParamValue::Int(9007199254740993)},
                       {"seed", ParamValue::Int(42)},
                       {"layers", *ParamValue::FromJsonText(R"({"b": [1, 2.50], "a": null})")},
                       {"limit", ParamValue::Real(INFINITY)},
                       {"name", ParamValue::String("x\xfe")},
                       {"shuffle", ParamValue::Bool(true)}};
  recipe.variables = {{"MODE", "fast"}};
  return recipe;
}

Code SomeCode() {
  Code code;
  code.commit = "0123456789abcdef0123456789abcdef01234567";
  code.branch = "main";
  code.remotes = {{"origin", "https://example.org/credit.git"}};
  code.submodules = {{"third_party/x", "89abcdef0123456789abcdef0123456789abcdef"}};
  code.dirty = true;
  code.tree = crypto::Sha256("tree");
  code.patch = crypto::Sha256("patch");
  return code;
}

RunRecord SomeRun() {
  RunRecord run;
  run.id = Ulid::FromParts(1'795'000'000'000, AsBytes("0123456789"));
  run.experiment = "credit";
  run.name = "brave-otter-7";
  run.status = RunStatus::kFailed;
  run.exit_code = 3;
  run.started_at_unix_ms = 1'795'000'000'042;
  run.ended_at_unix_ms = 1'795'000'060'000;
  run.recipe = crypto::Sha256("recipe");
  run.code = crypto::Sha256("code");
  run.outputs = {UseOf("model.bin", "model", "weights")};
  run.outputs[0].executable = true;
  run.missing_outputs = {"report.html"};
  run.stdout_log = StreamRecord{crypto::Sha256("out"), 3};
  run.metrics["auc"] = {.count = 3,
                        .last = 0.75,
                        .min = std::nan(""),
                        .max = INFINITY,
                        .last_step = std::numeric_limits<std::int64_t>::max(),
                        .series = crypto::Sha256("series"),
                        .values = crypto::Sha256("values")};
  run.tags = {{"team", "risk\xff"}};
  run.notes = {"first try"};
  run.capture.blind_spots = {"io_uring was used"};
  run.host = Json().Set("hostname", "box").Set("processors", 2);
  run.resources = ResourceUse{1200, 30, 1 << 20};
  run.reproduces = Ulid::FromParts(7, AsBytes("0123456789")).ToString();
  run.actor = "anna";
  run.redacted = true;
  run.warnings = {"one"};
  return run;
}

// Every change of one byte is refused, or gives another document that is in order by itself.
template <typename Decode, typename Encode>
void ExpectStrict(const std::string& document, const Decode& decode, const Encode& encode) {
  int accepted = 0;
  for (std::size_t i = 0; i < document.size(); ++i) {
    for (const int change : {1, 2, 16, 32, 128}) {
      std::string changed = document;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const auto decoded = decode(changed);
      if (!decoded.ok()) {
        EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption) << decoded.error().message;
        continue;
      }
      ++accepted;
      const auto again = encode(*decoded);
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(*again, changed);
    }
    EXPECT_FALSE(decode(document.substr(0, i)).ok());
  }
  EXPECT_GT(accepted, 0);
}

Closure SomeClosure() {
  Closure closure;
  closure.files = {
      {.path = "/usr/lib/libm.so.6",
       .file_class = FileClass::kSystem,
       .uses = kFileLookedUp | kFileRead,
       .digest = crypto::Sha256("libm"),
       .size_bytes = 4,
       .mode = 0755,
       .modified_at_unix_ns = 1'700'000'000'123'456'789,
       .stored = true},
      {.path = "/lib",
       .kind = FileKind::kSymlink,
       .uses = kFileLookedUp,
       .mode = 0777,
       .target = "usr/lib"},
      {.path = "/home/ada/.netrc",
       .file_class = FileClass::kSecret,
       .uses = kFileRead,
       .size_bytes = 40,
       .mode = 0600,
       .keyed_digest = std::string(64, 'a')},
      {.path = "/work/data\xff",
       .file_class = FileClass::kData,
       .kind = FileKind::kDirectory,
       .uses = kFileListed,
       .mode = 0755,
       .modified_at_unix_ns = 1'000,
       .unstable = true},
      {.path = "/dev/null", .file_class = FileClass::kDevice, .kind = FileKind::kOther}};
  closure.missing = {"/usr/lib/libm.so.5", "/etc/ld.so.preload"};
  closure.listings = {{.folder = "/work/data\xff",
                       .files = {"b.csv", "a.csv"},
                       .folders = {"sub"},
                       .symlinks = {"latest"},
                       .others = {"pipe"}}};
  return closure;
}

TEST(ClosureDocument, HasItsGoldenBytes) {
  const auto document = EncodeClosure(SomeClosure());
  ASSERT_TRUE(document.ok());
  ExpectGolden("documents/closure_v1.json", *document);
}

TEST(ClosureDocument, RoundTripsSortedAndIsStrict) {
  const auto document = EncodeClosure(SomeClosure());
  ASSERT_TRUE(document.ok());
  ExpectStrict(*document, DecodeClosure, EncodeClosure);
  const auto closure = DecodeClosure(*document);
  ASSERT_TRUE(closure.ok());
  ASSERT_EQ(closure->files.size(), 5U);
  EXPECT_EQ(closure->files.back(), SomeClosure().files[3]);
  EXPECT_EQ(closure->missing.front(), "/etc/ld.so.preload");
  EXPECT_EQ(closure->listings[0].files, (std::vector<std::string>{"a.csv", "b.csv"}));
}

// With rules: one that no file has, one twice, and in no order.
Closure SomeClosureWithRules() {
  Closure closure = SomeClosure();
  const ClosureRule libraries{.file_class = FileClass::kSystem,
                              .pattern = "/usr/",
                              .reason = "programs and libraries of the machine",
                              .origin = "built in"};
  closure.rules = {
      libraries,
      {.file_class = FileClass::kCache, .pattern = "unused/", .origin = "built in"},
      {.file_class = FileClass::kData, .pattern = "data\xff/**", .origin = "reprise.toml:3"},
      libraries};
  closure.files[0].rule = 3;  // libm.so.6
  closure.files[1].rule = 0;  // lib
  closure.files[3].rule = 2;  // data
  return closure;
}

TEST(ClosureDocument, HasItsGoldenBytesWithRules) {
  const auto document = EncodeClosure(SomeClosureWithRules());
  ASSERT_TRUE(document.ok());
  ExpectGolden("documents/closure_with_rules_v1.json", *document);
}

TEST(ClosureDocument, KeepsEachRuleThatAFileHasOnceAndInOrder) {
  const auto document = EncodeClosure(SomeClosureWithRules());
  ASSERT_TRUE(document.ok());
  ExpectStrict(*document, DecodeClosure, EncodeClosure);
  const auto closure = DecodeClosure(*document);
  ASSERT_TRUE(closure.ok()) << closure.error().message;
  const std::vector<ClosureRule> given = SomeClosureWithRules().rules;
  EXPECT_EQ(closure->rules, (std::vector<ClosureRule>{given[2], given[0]}));
  for (const ClosureFile& file : closure->files) {
    if (file.path == "/usr/lib/libm.so.6" || file.path == "/lib") {
      EXPECT_EQ(file.rule, 1U);
    } else if (file.path == "/work/data\xff") {
      EXPECT_EQ(file.rule, 0U);
    } else {
      EXPECT_EQ(file.rule, std::nullopt);
    }
  }
}

TEST(ClosureDocument, ARuleThatIsNotThereOrOfAnotherClassIsRefused) {
  const std::string document = *EncodeClosure(SomeClosureWithRules());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = document;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return DecodeClosure(changed.replace(at, from.size(), to));
  };
  for (const std::string other : {"2", "-1", "\"1\"", "18446744073709551616"}) {
    EXPECT_FALSE(with("\"rule\":1", "\"rule\":" + other).ok()) << other;
  }
  EXPECT_FALSE(with("\"rule\":1", "\"rule\":0").ok());
  EXPECT_FALSE(with("\"reason\":\"programs", "\"raison\":\"programs").ok());
}

TEST(ClosureDocument, NoNameLeadsOutOfTheRootThatIsMadeOfIt) {
  const std::vector<std::string> paths = {"usr/lib", "/a/../b", "/a//b", "/a/.",
                                          std::string("/a\0b", 4)};
  for (const std::string& path : paths) {
    Closure closure;
    closure.files = {{.path = path}};
    const auto document = EncodeClosure(closure);
    ASSERT_TRUE(document.ok());
    EXPECT_FALSE(DecodeClosure(*document).ok()) << path;
  }
  for (const std::string name : {"", ".", "..", "a/b"}) {
    Closure closure;
    closure.listings = {{.folder = "/a", .files = {name}}};
    const auto document = EncodeClosure(closure);
    ASSERT_TRUE(document.ok());
    EXPECT_FALSE(DecodeClosure(*document).ok()) << name;
  }
}

TEST(RecipeDocument, HasItsGoldenBytes) {
  const auto document = EncodeRecipe(SomeRecipe());
  ASSERT_TRUE(document.ok());
  ExpectGolden("documents/recipe_v1.json", *document);
}

TEST(RecipeDocument, RoundTripsAndIsStrict) {
  const auto document = EncodeRecipe(SomeRecipe());
  ASSERT_TRUE(document.ok());
  ExpectStrict(*document, DecodeRecipe, EncodeRecipe);
  const auto recipe = DecodeRecipe(*document);
  ASSERT_TRUE(recipe.ok());
  EXPECT_EQ(recipe->command, SomeRecipe().command);
  EXPECT_EQ(recipe->parameters, SomeRecipe().parameters);
  EXPECT_EQ(recipe->inputs[0].path, "data/a\xff.csv");
  EXPECT_EQ(*EncodeRecipe(*recipe), *document);
}

TEST(RecipeDocument, TheOrderOfInputsIsNoPartOfIt) {
  Recipe recipe = SomeRecipe();
  std::swap(recipe.inputs[0], recipe.inputs[1]);
  EXPECT_EQ(*EncodeRecipe(recipe), *EncodeRecipe(SomeRecipe()));
}

TEST(RecipeDocument, EveryPartOfItCounts) {
  const std::string document = *EncodeRecipe(SomeRecipe());
  const std::vector<std::function<void(Recipe&)>> changes = {
      [](Recipe& r) { r.command.emplace_back("-v"); },
      [](Recipe& r) { r.working_directory = "sub"; },
      [](Recipe& r) { r.code.reset(); },
      [](Recipe& r) { r.environment = crypto::Sha256("other"); },
      [](Recipe& r) { r.inputs[0].digest = crypto::Sha256("other"); },
      [](Recipe& r) { r.inputs[0].path += "x"; },
      [](Recipe& r) { r.parameters["seed"] = ParamValue::Int(43); },
      [](Recipe& r) { r.parameters["seed"] = ParamValue::Real(42); },
      [](Recipe& r) { r.variables["MODE"] = "slow"; }};
  for (const auto& change : changes) {
    Recipe recipe = SomeRecipe();
    change(recipe);
    EXPECT_NE(*EncodeRecipe(recipe), document);
  }
}

TEST(RecipeDocument, SeedsFollowFromTheirNames) {
  Recipe recipe;
  for (const char* const key : {"seed", "random_state", "numpy_seed", "seeds", "seedling"}) {
    recipe.parameters[key] = ParamValue::Int(1);
  }
  const auto seeds = recipe.Seeds();
  EXPECT_EQ(seeds.size(), 3U);
  EXPECT_TRUE(seeds.contains("numpy_seed"));
}

TEST(RecipeDocument, SeedsThatAreNotItsParametersAreRefused) {
  std::string document = *EncodeRecipe(SomeRecipe());
  const std::string seeds = R"("seeds":{"seed":{"type":"int","value":"42"}})";
  const std::size_t place = document.find(seeds);
  ASSERT_NE(place, std::string::npos);
  document.replace(place, seeds.size(), R"("seeds":{"seed":{"type":"int","value":"43"}})");
  EXPECT_FALSE(DecodeRecipe(document).ok());
}

TEST(CodeDocument, HasItsGoldenBytes) {
  ExpectGolden("documents/code_v1.json", *EncodeCode(SomeCode()));
  Code without_git;
  without_git.tree = crypto::Sha256("tree");
  ExpectGolden("documents/code_without_git_v1.json", *EncodeCode(without_git));
}

TEST(CodeDocument, RoundTripsAndIsStrict) {
  ExpectStrict(*EncodeCode(SomeCode()), DecodeCode, EncodeCode);
}

TEST(RunDocument, HasItsGoldenBytes) {
  ExpectGolden("documents/run_v1.json", *EncodeRunRecord(SomeRun()));
}

TEST(RunDocument, RoundTripsAndIsStrict) {
  const std::string document = *EncodeRunRecord(SomeRun());
  ExpectStrict(document, DecodeRunRecord, EncodeRunRecord);
  const auto run = DecodeRunRecord(document);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->metrics.at("auc").last_step, std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(std::isnan(run->metrics.at("auc").min));
  EXPECT_EQ(run->tags.at("team"), "risk\xff");
  EXPECT_EQ(run->started_at_unix_ms, SomeRun().started_at_unix_ms);
}

TEST(RunDocument, EvidenceIsAMemberOnlyWhereThereIsAny) {
  RunRecord run = SomeRun();
  EXPECT_EQ(EncodeRunRecord(run)->find("evidence"), std::string::npos);
  ArtifactUse metrics;
  metrics.path = "validation.json";
  metrics.size_bytes = 2;
  ArtifactUse report = metrics;
  report.path = "report.pdf";
  run.evidence = {{"validation", metrics}, {"document", report}};
  const auto document = EncodeRunRecord(run);
  ASSERT_TRUE(document.ok());
  ExpectGolden("documents/run_v1_evidence.json", *document);
  const auto again = DecodeRunRecord(*document);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->evidence, run.evidence);
}

TEST(RunDocument, DerivedColumnsAreAMemberOnlyWhereThereAreAny) {
  RunRecord run = SomeRun();
  EXPECT_EQ(EncodeRunRecord(run)->find("derivations"), std::string::npos);
  run.derivations = {{"out.csv#caf\xe9", {"age"}}, {"score", {"age", "loans.csv#amount"}}};
  const auto document = EncodeRunRecord(run);
  ASSERT_TRUE(document.ok());
  ExpectGolden("documents/run_v1_derivations.json", *document);
  const auto again = DecodeRunRecord(*document);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->derivations, run.derivations);
}

TEST(RunDocument, AMemberThatNobodyKnowsIsRefused) {
  std::string document = *EncodeRunRecord(SomeRun());
  document.replace(document.size() - 1, 1, R"(,"zzz":1})");
  const auto run = DecodeRunRecord(document);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, ErrorCode::kCorruption);
}

TEST(RunDocument, AnExitStatusBeyondAnIntIsRefused) {
  std::string document = *EncodeRunRecord(SomeRun());
  const std::size_t place = document.find("\"exit_code\":3");
  ASSERT_NE(place, std::string::npos);
  document.replace(place, 13, "\"exit_code\":4294967299");  // 3 + 2^32
  EXPECT_FALSE(DecodeRunRecord(document).ok());
}

TEST(ParamValueTest, GuessesIntegersThenRealsThenBooleansThenText) {
  const auto guess = [](std::string_view text) {
    const ParamValue value = ParamValue::Guess(text);
    return std::string(ParamTypeName(value.type())) + " " + value.text();
  };
  EXPECT_EQ(guess("42"), "int 42");
  EXPECT_EQ(guess("+7"), "int 7");
  EXPECT_EQ(guess("-9223372036854775808"), "int -9223372036854775808");
  EXPECT_EQ(guess("9223372036854775808"), "string 9223372036854775808");
  EXPECT_EQ(guess("1e-3"), "real 0.001");
  EXPECT_EQ(guess(".5"), "real 0.5");
  EXPECT_EQ(guess("-0.0"), "real -0");
  EXPECT_EQ(guess("NaN"), "real NaN");
  EXPECT_EQ(guess("-Infinity"), "real -Infinity");
  EXPECT_EQ(guess("nan"), "string nan");
  EXPECT_EQ(guess("inf"), "string inf");
  EXPECT_EQ(guess("true"), "bool true");
  EXPECT_EQ(guess("True"), "string True");
  EXPECT_EQ(guess("0x10"), "string 0x10");
  EXPECT_EQ(guess("+-1"), "string +-1");
  EXPECT_EQ(guess("-"), "string -");
  EXPECT_EQ(guess(""), "string ");
  EXPECT_EQ(guess(" 1"), "string  1");
}

TEST(ParamValueTest, PlainJsonKeepsWhatADoubleCannot) {
  EXPECT_EQ(ParamValue::Int(9007199254740992).ToPlainJson(), Json(9007199254740992.0));
  EXPECT_EQ(ParamValue::Int(9007199254740993).ToPlainJson(), Json("9007199254740993"));
  EXPECT_EQ(ParamValue::Real(std::nan("")).ToPlainJson(), Json("NaN"));
  EXPECT_EQ(ParamValue::Real(0.1).ToPlainJson(), Json(0.1));
  EXPECT_EQ(ParamValue::FromJsonText("[1, true]")->ToPlainJson(),
            Json(Json::Array{Json(1), Json(true)}));
}

TEST(ParamValueTest, OneValueHasOneDocument) {
  const auto decode = [](std::string_view type, std::string_view value) {
    return ParamValue::FromDocument(Json().Set("type", type).Set("value", value)).ok();
  };
  EXPECT_TRUE(decode("int", "1"));
  EXPECT_FALSE(decode("int", "+1"));
  EXPECT_FALSE(decode("int", "01"));
  EXPECT_TRUE(decode("real", "1"));
  EXPECT_FALSE(decode("real", "1.0"));
  EXPECT_FALSE(decode("bool", "1"));
  EXPECT_TRUE(decode("json", "{\"a\":1}"));
  EXPECT_FALSE(decode("json", "{\"a\": 1}"));
  EXPECT_FALSE(decode("float", "1"));
}

}  // namespace
}  // namespace reprise::lineage
