// Azurite's blob service, for as long as whoever started it lives: a test run that is killed leaves none behind.
process.stdin.on("end", () => process.exit()).resume();
require("azurite/dist/src/blob/main.js");
