package provider

// RandomText is for the tests.
var RandomText = randomText
