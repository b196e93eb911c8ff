// Package company is a company that does not exist, for the simulated vendors of the catalogue: its
// people with the accounts they have, and its repositories, cloud, devices, tickets and papers, on
// each of 61 days. People join, move and leave.
//
// The same seed and size give the same company, and whatever the size is, person 17 is the same
// person. Nothing asks a clock or the network.
//
// Everything is as a careful company would have it, except for the flaws that Flaws lists: each is in
// one row of one table, from one day until another. flaws.md lists those of a company of 300 people.
package company
