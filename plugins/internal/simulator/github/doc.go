// Package github simulates GitHub with one organization, as its documentation describes it: the REST API
// of github.com and of an Enterprise Server, and the two queries of GraphQL that its connector sends.
//
// Tables are what the organization has. OfCompany makes them of a company; Organization makes them of
// every kind that the documentation names, for tests.
package github
