// Loans by duration, read by three promises at once.
const fs = require("fs/promises");

async function main() {
  const texts = await Promise.all([1, 2, 3].map(() => fs.readFile("data/loans.csv", "utf8")));
  const groups = {};
  for (const line of texts[2].trim().split("\n").slice(1)) {
    const [, , amount, months] = line.split(",").map(Number);
    (groups[months] ??= []).push(amount);
  }
  await fs.writeFile("groups.json", JSON.stringify(groups));
}

main();
