// Package api has what is special about GitHub's API: how an answer says why it is refused, and how a GitHub App signs in.
package api
