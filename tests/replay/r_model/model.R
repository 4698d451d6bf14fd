# A scorecard, and a simulation with a seed.
loans <- read.csv("data/loans.csv")
model <- glm(default ~ age + amount + months, binomial, loans)
write.csv(format(coef(summary(model)), digits = 15), "coefficients.csv")
set.seed(5)
write.csv(data.frame(loss = round(rlnorm(20), 12)), "simulated.csv", row.names = FALSE)
