# Computes the reference figures of this folder with R's glasso.
library(glasso)
covariance <- function(name) {
  x <- as.matrix(read.csv(paste0(name, ".csv"), header = FALSE))
  x[x == 0] <- 0.1
  x <- log(x)
  var(x) * (nrow(x) - 1) / nrow(x)
}
edges <- data.frame()
for (name in c("quiet24", "sync40", "quiet300", "sync300")) {
  s <- covariance(name)
  entries <- data.frame()
  for (rho in c(0.4, 0.5, 0.6, 0.7, 0.8, 0.9)) {
    g <- glasso(s, rho, thr = 1e-8, maxit = 1e5)
    t <- (g$wi + t(g$wi)) / 2
    t[abs(t) < 1e-9] <- 0
    edges <- rbind(edges, data.frame(name = name, rho = rho, edges = sum(t[upper.tri(t)] != 0)))
    at <- which(upper.tri(t, diag = TRUE) & t != 0, arr.ind = TRUE)
    if (nrow(t) < 100)
      entries <- rbind(entries, data.frame(rho = rho, i = at[, 1] - 1, j = at[, 2] - 1, theta = signif(t[at], 8)))
  }
  if (nrow(s) < 100) write.csv(entries, paste0(name, ".r.csv"), row.names = FALSE, quote = FALSE)
}
write.csv(edges, "edges.csv", row.names = FALSE, quote = FALSE)
