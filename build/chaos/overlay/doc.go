// Package overlay builds the agent and the connector of the fault matrix from edited
// copies of the sources: with moments that the director hears of, with smaller limits,
// with a clock that can be set, and with the mutants, which are asleep.
package overlay
