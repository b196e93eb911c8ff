// Package upstream is the made-up system that the connector of the fault matrix reads:
// a model with its whole history, the server that shows it, and the director, which
// hears of every moment that agent and connector reach.
package upstream
