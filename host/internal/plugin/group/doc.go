// Package group starts processes in a group of their own and ends a group. What its
// processes take is counted by package census.
package group
