package dev.soma.slm;

/// How tokens are drawn. Temperature 0 takes the likeliest token and makes the seed irrelevant.
record Sampling(double temperature, double topP, int seed) {}
