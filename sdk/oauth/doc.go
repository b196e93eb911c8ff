// Package oauth obtains tokens from an authorization server: with client credentials or a signed
// statement (RFC 6749, 7521, 7523), for [sdk.Token].
//
//	grant := oauth.Grant{Client: server, Path: "/oauth2/token", Type: oauth.ClientCredentials,
//		ClientID: settings.ClientID, ClientSecret: s.Secret("client_secret")}
//	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: …, Token: &sdk.Token{Obtain: grant.Obtain}})
package oauth
