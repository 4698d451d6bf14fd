// Trains a credit scorecard, measures it on loans held out, and tracks the run with Reprise.
//
// Everything that Reprise is told is told in this file.  Without Reprise on the machine the program
// does the same work, and the SDK says once that nothing is tracked.  The SDK throws nothing; this
// program does, and a run that an exception ends is recorded as failed.

#include <reprise/run.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "booster.h"
#include "csv.h"
#include "dataset.h"
#include "options.h"
#include "report.h"
#include "split.h"

namespace credit_risk {
namespace {

struct Data {
  Dataset train;
  Dataset hold_out;
};

// Tells the run every hyperparameter, and takes over the values that are set from outside
// (`reprise run -p eta=0.05`, `reprise rerun --on-host --set eta=0.05`).
Hyperparameters InForce(reprise::Run& run, Hyperparameters h) {
  ForEachHyperparameter(h, [&](const char* name, auto& value) { value = run.param(name, value); });
  Validate(h);
  return h;
}

Data Load(const std::string& path, const Hyperparameters& h) {
  const Dataset all = ToDataset(ReadCsv(path));
  const Split split =
      StratifiedSplit(all.is_bad, h.hold_out, static_cast<std::uint64_t>(h.split_seed));
  return {.train = all.Rows(split.train), .hold_out = all.Rows(split.hold_out)};
}

void TrackRound(reprise::Run& run, const std::string& part, const Dataset& loans,
                const std::vector<double>& scores, std::int64_t round) {
  run.metric(part + "_logloss", LogLoss(scores, loans.is_bad), round);
  run.metric(part + "_auc", Auc(scores, loans.is_bad).value(), round);
}

// The number of rounds is given, not found by early stopping: choosing it by the hold-out would
// make the hold-out part of the training.
void Fit(reprise::Run& run, Booster& booster, const Data& data, const Matrix& train,
         const Matrix& hold_out, std::int64_t rounds) {
  for (std::int64_t round = 0; round < rounds; ++round) {
    booster.Update(static_cast<int>(round));
    TrackRound(run, "train", data.train, booster.Predict(train), round);
    TrackRound(run, "test", data.hold_out, booster.Predict(hold_out), round);
  }
}

void TrackEvaluation(reprise::Run& run, const Evaluation& evaluation) {
  run.metric("auc", evaluation.auc);
  run.metric("ks", evaluation.ks);
  run.metric("brier", evaluation.brier);
  run.metric("logloss", evaluation.log_loss);
  run.metric("calibration_error", evaluation.calibration.expected_error);
  for (const AgeGroup& group : evaluation.age_groups) {
    if (group.auc) run.metric("auc_age_" + group.key, *group.auc);
  }
}

void WriteOutputs(reprise::Run& run, const std::filesystem::path& folder, const Booster& booster,
                  const Data& data, const std::vector<double>& scores,
                  const Evaluation& evaluation) {
  const auto output = [&](const char* name, const char* role, const auto& write) {
    const std::string path = (folder / name).string();
    write(path);
    run.output(path, role);
  };
  output("model.json", "model", [&](const std::string& path) { booster.Save(path); });
  output("predictions.csv", "predictions",
         [&](const std::string& path) { WritePredictions(path, data.hold_out, scores); });
  output("calibration.csv", "report",
         [&](const std::string& path) { WriteCalibration(path, evaluation.calibration); });
  output("age_groups.csv", "report",
         [&](const std::string& path) { WriteAgeGroups(path, evaluation.age_groups); });
  output("importance.csv", "report",
         [&](const std::string& path) { WriteImportance(path, booster.GainImportance()); });
}

// What a validator will ask about the model, bound to it once it is registered.
void AttachEvidence(reprise::Run& run, const Booster& booster, const Evaluation& evaluation) {
  run.evidence("validation", ValidationJson(evaluation));
  run.evidence("explainability", ImportanceJson(booster.GainImportance()));
}

void Print(const Data& data, const Evaluation& evaluation, const std::string& folder) {
  std::printf("trained on %zu loans, measured on %zu held out (XGBoost %s)\n",
              data.train.row_count(), data.hold_out.row_count(), XgboostVersion().c_str());
  std::printf("AUC %.4f  KS %.4f  Brier %.4f  log loss %.4f  calibration error %.4f\n",
              evaluation.auc, evaluation.ks, evaluation.brier, evaluation.log_loss,
              evaluation.calibration.expected_error);
  for (const AgeGroup& group : evaluation.age_groups) {
    std::printf("age %-11s %4zu loans, %3zu bad, AUC ", group.name.c_str(), group.count,
                group.bad_count);
    group.auc ? std::printf("%.4f\n", *group.auc) : std::puts("undefined");
  }
  std::printf("wrote model.json and its reports to %s\n", folder.c_str());
}

void Train(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) throw InputError("cannot make the folder " + options.out + ": " + error.message());

  reprise::Run run = reprise::Run::Start({.experiment = "credit"});
  const Hyperparameters h = InForce(run, options.hyperparameters);
  run.input(options.data, "loans");
  run.tag("xgboost", XgboostVersion());
  const Data data = Load(options.data, h);

  const Matrix train(data.train);
  const Matrix hold_out(data.hold_out);
  Booster booster(train, ToBoosterParameters(h));
  Fit(run, booster, data, train, hold_out, h.rounds);

  const std::vector<double> scores = booster.Predict(hold_out);
  const Evaluation evaluation = Evaluate(data.hold_out, scores);
  TrackEvaluation(run, evaluation);
  WriteOutputs(run, options.out, booster, data, scores, evaluation);
  AttachEvidence(run, booster, evaluation);
  Print(data, evaluation, options.out);
  run.finish();
}

}  // namespace
}  // namespace credit_risk

int main(int argc, char** argv) {
  using credit_risk::InputError;
  try {
    const credit_risk::Options options = credit_risk::ParseArguments(argc, argv);
    if (options.help) {
      std::fputs(credit_risk::Usage().data(), stdout);
      return 0;
    }
    credit_risk::Train(options);
    return 0;
  } catch (const InputError& e) {
    std::fprintf(stderr, "credit_risk: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "credit_risk: %s\n", e.what());
    return 1;
  }
}
