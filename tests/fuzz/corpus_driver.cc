// Runs a fuzz target without libFuzzer: over each file of its corpus folder, over every prefix of
// the small ones, and over a fixed number of mutations drawn from a fixed seed, so that a failure
// repeats.  Usage: x_corpus_test FOLDER [MUTATIONS], at most so many of each file.
//
// It finds little that is new; it keeps what libFuzzer found from coming back, with any compiler.
// Standard input and output only, so that it depends on nothing that it tests.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMutationsPerSeed = 10000;
constexpr std::size_t kPrefixBytesMax = 2048;
constexpr std::size_t kMutatedBytesMax = std::size_t{4} << 20;  // Total, so that time is bounded.
constexpr std::uint64_t kRandomSeed = 20260101;

using Generator = std::mt19937_64;  // The standard fixes its output, unlike the distributions'.

std::size_t Below(Generator& random, std::size_t bound) { return random() % bound; }

void Run(const std::string& input) {
  // Exactly as large as the input, so that the sanitizers see a read beyond its end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

// One small change of the kind that a decoder is likely to get wrong.
void Mutate(std::string& input, const std::vector<std::string>& seeds, Generator& random) {
  constexpr unsigned char kEdges[] = {0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, '"', '\\', '{', '['};
  const std::size_t at = Below(random, input.size() + 1);
  const std::size_t length = std::min(input.size() - at, 1 + Below(random, 8));
  switch (Below(random, 7)) {
    case 0:  // Flip a bit.
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ 1 << Below(random, 8));
      break;
    case 1:  // An edge value.
      if (at < input.size())
        input[at] = static_cast<char>(kEdges[Below(random, std::size(kEdges))]);
      break;
    case 2:  // Any byte.
      input.insert(at, 1, static_cast<char>(random()));
      break;
    case 3:
      input.erase(at, length);
      break;
    case 4:  // Repeat a stretch.
      input.insert(at, input.substr(at, length));
      break;
    case 5:  // A large little-endian length.
      if (input.size() - at >= 4) {
        const std::uint32_t large = Below(random, 2) == 0 ? 0xFFFFFFFF : 0x7FFFFFFF;
        std::memcpy(input.data() + at, &large, sizeof large);
      }
      break;
    default: {  // Go on as another seed does.
      const std::string& other = seeds[Below(random, seeds.size())];
      input.resize(at);
      input += other.substr(std::min(at, other.size()));
    }
  }
}

std::vector<std::string> ReadSeeds(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t mutations_max =
      argc == 3 ? std::strtoul(argv[2], nullptr, 10) : kMutationsPerSeed;
  if (argc < 2 || argc > 3 || mutations_max == 0) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER [MUTATIONS]\n", argv[0]);
    return 2;
  }
  const std::vector<std::string> seeds = ReadSeeds(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: '%s' has no file to start from; add one\n", argv[0], argv[1]);
    return 1;
  }
  Run("");
  std::size_t runs = 1;
  Generator random(kRandomSeed);
  for (const std::string& seed : seeds) {
    Run(seed);
    ++runs;
    for (std::size_t i = 0; i < std::min(seed.size(), kPrefixBytesMax); ++i, ++runs) {
      Run(seed.substr(0, i));
    }
    const std::size_t mutations =
        std::min(mutations_max, kMutatedBytesMax / std::max<std::size_t>(seed.size(), 1) + 1);
    for (std::size_t i = 0; i < mutations; ++i, ++runs) {
      std::string input = seed;
      for (std::size_t changes = 1 + Below(random, 4); changes > 0; --changes) {
        Mutate(input, seeds, random);
      }
      Run(input);
    }
  }
  std::printf("%zu inputs from %zu files\n", runs, seeds.size());
  return 0;
}
