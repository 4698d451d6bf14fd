#include "tracker/replay/prospect.h"

#include <sys/utsname.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "lineage/capture/host.h"
#include "storage/base/canonical.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/recorder/start_message.h"
#include "tracker/replay/environment_diff.h"
#include "tracker/replay/given_verdicts.h"
#include "tracker/replay/replay_environment.h"
#include "tracker/replay/rerun_params.h"
#include "tracker/replay/root_contents.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kNamedMax = 20;  // More absent files are counted.

class Examiner {
 public:
  Examiner(Store& store, const StoredRun& run) : store_(store), run_(run) {}

  Result<Prospect> Examine() {
    CheckRecord();
    if (run_.recipe.has_value()) {
      REPRISE_TRY(CheckContent());
      REPRISE_TRY(CheckVariables());
      REPRISE_TRY(CheckHardware());
    }
    CheckBlindSpots();
    REPRISE_TRY(CheckEarlierVerdicts());
    for (const ProspectCheck& check : prospect_.checks) {
      if (!check.reasons.empty()) prospect_.best = std::max(prospect_.best, check.at_best);
    }
    return std::move(prospect_);
  }

 private:
  ProspectCheck& Add(std::string name, std::string meaning, VerdictResult at_best) {
    prospect_.checks.push_back(
        {.name = std::move(name), .meaning = std::move(meaning), .reasons{}, .at_best = at_best});
    return prospect_.checks.back();
  }

  void CheckRecord() {
    ProspectCheck& check =
        Add("record", "the run is known from its start to its end", VerdictResult::kIncomplete);
    const lineage::RunRecord& record = run_.record;
    if (!run_.recipe.has_value() || run_.recipe->command.empty()) {
      check.reasons.emplace_back("the run has no recorded command to run again");
    }
    if (record.status == lineage::RunStatus::kLost) {
      check.reasons.emplace_back(
          "its recorder died, so its results are not known to the end and cannot be compared");
    }
    if (!record.capture.closure.has_value()) {
      check.reasons.push_back("it is only " + record.capture.level +
                              ": what it used was not traced, so that no sandbox can be made of it "
                              "(`reprise rerun --on-host` runs it in today's environment)");
    }
  }

  Result<void> CheckContent() {
    if (!run_.record.capture.closure.has_value()) return {};
    ProspectCheck& check =
        Add("content", "every file that it used is stored", VerdictResult::kIncomplete);
    auto contents = ContentsOfRoot(store_, run_);
    if (!contents.ok()) {
      if (!IsDamage(contents.error())) return std::move(contents).error();
      check.reasons.push_back(contents.error().message);
      return {};
    }
    check.reasons = std::move(contents->missing);
    std::size_t unnamed = 0;
    std::set<Digest> seen;
    for (const auto& [path, entry] : contents->entries) {
      if (!entry.digest.has_value() || !seen.insert(*entry.digest).second) continue;
      const auto object = store_.objects().Describe(*entry.digest);
      if (object.ok()) continue;
      if (!IsDamage(object.error())) return object.error();
      if (check.reasons.size() >= kNamedMax) {
        ++unnamed;
        continue;
      }
      check.reasons.push_back("the content of '" + Printable(path) +
                              "' is lost or damaged in the store");
    }
    if (unnamed > 0) {
      check.reasons.push_back(std::to_string(unnamed) +
                              " more files are lost or damaged; `reprise fsck` lists all");
    }
    return {};
  }

  Result<void> CheckVariables() {
    ProspectCheck& secrets =
        Add("secrets", "no secret has to be supplied again", VerdictResult::kIncomplete);
    RunRequest unused;
    FillRerunVariables(run_, {}, unused, secrets.reasons);

    std::vector<std::string> today;
    for (const auto& [name, value] : OwnVariables()) {
      today.push_back(std::string(name).append("=").append(value));
    }
    REPRISE_ASSIGN_OR_RETURN(const std::optional<StoreKey> key,
                             LoadStoreKey(store_.files(), store_.folder()));
    const std::optional<std::string> document = EnvironmentDocument();
    REPRISE_ASSIGN_OR_RETURN(
        const ReplayEnvironment environment,
        EnvironmentOf(
            run_.record, *run_.recipe, today, key,
            document.has_value() ? std::optional<std::string_view>(*document) : std::nullopt));
    ProspectCheck& variables =
        Add("variables", "the command gets the variables that it had", VerdictResult::kIdentical);
    if (!environment.absent.empty()) {
      std::string names;
      for (const std::string& name : environment.absent) names += " " + Printable(name);
      variables.reasons.push_back(
          "variables whose values are neither recorded nor today's, and which a rerun lacks:" +
          names);
    }
    std::ranges::copy(environment.warnings, std::back_inserter(variables.reasons));
    return {};
  }

  // None where there is none, or it is lost: CheckHardware() says so.
  std::optional<std::string> EnvironmentDocument() {
    if (!run_.recipe->environment.has_value()) return std::nullopt;
    auto document = store_.objects().Get(*run_.recipe->environment);
    return document.ok() ? std::optional(*std::move(document)) : std::nullopt;
  }

  Result<void> CheckHardware() {
    ProspectCheck& check =
        Add("hardware", "this machine can give the same bits", VerdictResult::kNotComparable);
    const std::optional<std::string> before = EnvironmentDocument();
    if (!before.has_value()) {
      check.at_best = VerdictResult::kIdentical;
      check.reasons.emplace_back("the recording machine's instruction set is not known");
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(Json after, ParseJson(*before));
    utsname names{};
    if (uname(&names) == 0) after.Set("architecture", names.machine);
    Json instructions = Json::Array{};
    const capture::Processor processor =
        capture::ReadProcessor(capture::SystemView(store_.files()));
    for (const std::string& name : capture::NumericInstructionSet(processor.flags)) {
      instructions.Append(name);
    }
    after.Set("instruction_set", std::move(instructions));
    REPRISE_ASSIGN_OR_RETURN(const std::string after_text, Canonicalize(after));
    REPRISE_ASSIGN_OR_RETURN(
        const MachineFacts facts,
        GatherMachineFacts(store_.files(), store_.folder(), RecordedProject(run_), {}));
    REPRISE_ASSIGN_OR_RETURN(check.reasons,
                             DiffHardware(*before, after_text, run_.record.host, facts.host));
    return {};
  }

  void CheckBlindSpots() {
    ProspectCheck& check =
        Add("blind_spots", "nothing escaped the trace", VerdictResult::kIdentical);
    for (const std::string& spot : run_.record.capture.blind_spots) {
      check.reasons.push_back("blind spot: " + Printable(spot));
    }
  }

  Result<void> CheckEarlierVerdicts() {
    ProspectCheck& check =
        Add("earlier_reruns", "earlier reruns gave the same", VerdictResult::kIdentical);
    REPRISE_ASSIGN_OR_RETURN(const auto verdicts, VerdictsAbout(store_, run_.record));
    if (verdicts.empty() || verdicts.back().result == VerdictName(VerdictResult::kIdentical)) {
      return {};
    }
    check.reasons.push_back("the last rerun, " + verdicts.back().reruns.back() + ", was given '" +
                            verdicts.back().result + "'; `reprise explain` tells why");
    return {};
  }

  Store& store_;
  const StoredRun& run_;
  Prospect prospect_;
};

}  // namespace

std::vector<std::string> Prospect::reasons() const {
  std::vector<std::string> all;
  for (const ProspectCheck& check : checks)
    std::ranges::copy(check.reasons, std::back_inserter(all));
  return all;
}

Result<Prospect> ExpectVerdict(Store& store, const StoredRun& run) {
  return Examiner(store, run).Examine();
}

}  // namespace reprise::tracker
