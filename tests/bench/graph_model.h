// A made-up team's years of runs, as a graph: the same for the same seed, in any order of sizes.
//
// Runs come in groups of twenty (a sweep, or a chain in which each goes on from the checkpoint of
// the one before).  A group has one state of the code, one environment and one pair of datasets,
// which are chosen so that some are used very often; one group in five begins with a model that an
// earlier group made.  One group in four reads a folder of images, of which there is a new version
// now and then that shares most files with the one before, and its runs write a folder of reports.
// Environments share most of their libraries, states of the code most of their
// files.  In one chain, every run goes on from the one before it, whatever its group.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/ulid.h"
#include "storage/crypto/sha256.h"

namespace reprise::bench {

struct ModelFolder {
  std::string path;
  std::vector<std::pair<std::string, Digest>> files;  // Sorted by name.
};

struct ModelRun {
  std::uint64_t number = 0;
  Ulid id;
  std::uint64_t group = 0;
  std::vector<std::pair<std::string, Digest>> inputs;  // Path, content.
  std::vector<std::pair<std::string, Digest>> outputs;
  std::vector<ModelFolder> input_folders;
  std::vector<ModelFolder> output_folders;
  std::uint64_t code = 0;         // Which state.
  std::uint64_t environment = 0;  // Which one.
  std::optional<Ulid> derived_from;
};

class GraphModel {
 public:
  static constexpr std::uint64_t kGroup = 20;
  static constexpr std::uint64_t kRunsOfCode = 100;
  static constexpr std::uint64_t kRunsOfEnvironment = 2000;
  static constexpr std::uint64_t kLibraries = 120;  // Of one environment.
  static constexpr std::uint64_t kCodeFiles = 30;   // Of one state.
  static constexpr std::uint64_t kImages = 200;     // Of one version.
  static constexpr std::uint64_t kGroupsOfImages = 200;

  explicit GraphModel(bool is_one_chain = false) : is_one_chain_(is_one_chain) {}

  static Digest Content(const std::string& name) { return crypto::Sha256(name); }
  static Ulid RunId(std::uint64_t number) {
    std::string random(10, '\0');
    for (int i = 0; i < 8; ++i) random[2 + i] = static_cast<char>(number >> (8 * i));
    return Ulid::FromParts(1'700'000'000'000 + number * 1000, AsBytes(random));
  }
  static Digest Checkpoint(std::uint64_t run) {
    return Content("checkpoint " + std::to_string(run));
  }

  // Library `place` of environment `environment`: one in forty changes from one to the next.
  static std::string Library(std::uint64_t environment, std::uint64_t place) {
    const std::uint64_t version = (environment + place) / 40;
    return "library " + std::to_string(place) + " version " + std::to_string(version);
  }
  // File `place` of state `code`: one changes from one to the next.
  static std::string CodeFile(std::uint64_t code, std::uint64_t place) {
    const std::uint64_t version = (code + kCodeFiles - 1 - place) / kCodeFiles;
    return "code " + std::to_string(place) + " version " + std::to_string(version);
  }

  // Version `version` of the images: one in forty changes from one to the next.
  static ModelFolder Images(std::uint64_t version) {
    ModelFolder folder{"data/images", {}};
    for (std::uint64_t place = 0; place < kImages; ++place) {
      const std::string changed = std::to_string((version + place) / 40);
      folder.files.emplace_back(std::to_string(100'000 + place) + ".png",
                                Content("image " + std::to_string(place) + " version " + changed));
    }
    return folder;
  }

  ModelRun Next() {
    const std::uint64_t number = next_++;
    const std::uint64_t group = number / kGroup;
    if (number % kGroup == 0) BeginGroup(group);
    ModelRun run;
    run.number = number;
    run.id = RunId(number);
    run.group = group;
    run.code = number / kRunsOfCode;
    run.environment = number / kRunsOfEnvironment;
    run.inputs = {{"data/train.csv", train_}, {"data/validation.csv", validation_}};
    run.inputs.emplace_back("config.yaml", Content("config " + std::to_string(group)));
    if (is_one_chain_ ? number > 0 : is_chain_ && number % kGroup > 0) {
      run.inputs.emplace_back("start.ckpt", Checkpoint(number - 1));
      run.derived_from = RunId(number - 1);
    } else if (base_.has_value()) {
      run.inputs.emplace_back("start.ckpt", Checkpoint(*base_));
    }
    run.outputs = {{"out/model.ckpt", Checkpoint(number)},
                   {"out/metrics.json", Content("metrics " + std::to_string(number))},
                   {"out/predictions.csv", Content("predictions " + std::to_string(number))}};
    if (group % 4 == 3) {
      const std::uint64_t version = group / kGroupsOfImages;
      if (!images_.has_value() || images_version_ != version) images_ = Images(version);
      images_version_ = version;
      run.input_folders = {*images_};
      run.output_folders = {{"out/report", {}}};
      for (const char* const name : {"curve.svg", "matrix.svg", "summary.html"}) {
        run.output_folders[0].files.emplace_back(
            name, Content(std::string(name) + " " + std::to_string(number)));
      }
    }
    return run;
  }

 private:
  std::uint64_t Random(std::uint64_t below) { return random_() % below; }

  // Datasets are made as time goes on; the exponent of a Zipf distribution is about one.
  Digest Dataset(std::uint64_t group, const char* kind) {
    const std::uint64_t count = 5 + group / 10;
    const double uniform = static_cast<double>(Random(1U << 30)) / (1U << 30);
    const auto rank = static_cast<std::uint64_t>(
        std::pow(static_cast<double>(count), uniform));  // 1 … count, p(r) ~ 1/r.
    return Content(std::string(kind) + " " + std::to_string(rank));
  }

  void BeginGroup(std::uint64_t group) {
    train_ = Dataset(group, "train");
    validation_ = Dataset(group, "validation");
    is_chain_ = Random(10) < 3;
    base_.reset();
    if (group > 0 && Random(5) == 0) {
      const std::uint64_t back = std::min<std::uint64_t>(group * kGroup, 20'000);
      base_ = group * kGroup - 1 - Random(back);
    }
  }

  const bool is_one_chain_;
  std::mt19937_64 random_{1};
  std::uint64_t next_ = 0;
  Digest train_;
  Digest validation_;
  bool is_chain_ = false;
  std::optional<std::uint64_t> base_;
  std::optional<ModelFolder> images_;  // Made once, as what is measured is not how they are made.
  std::uint64_t images_version_ = 0;
};

}  // namespace reprise::bench
