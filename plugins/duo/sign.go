package main

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// signed are the headers of a signed GET.
type signed struct {
	date          string
	authorization sdk.Secret
}

// sign signs a GET as Duo documents it for its signature version 5: the lines date, method, host, path, parameters, hash
// of the body and hash of Duo's own headers, with HMAC-SHA512. A GET has no body and none of these headers.
func sign(integration string, secret sdk.Secret, host, path string, query url.Values, now time.Time) signed {
	date := now.UTC().Format(time.RFC1123Z)
	nothing := sha512.Sum512(nil)
	empty := hex.EncodeToString(nothing[:])
	canonical := strings.Join([]string{date, "GET", strings.ToLower(host), path, canonicalQuery(query), empty, empty}, "\n")
	code := hmac.New(sha512.New, []byte(secret.Reveal()))
	_, _ = code.Write([]byte(canonical)) // never fails
	return signed{date: date, authorization: sdk.Basic(sdk.NewSecret(integration), sdk.NewSecret(hex.EncodeToString(code.Sum(nil))))}
}

// canonicalQuery writes parameters sorted by name and value, each escaped as in RFC 3986.
func canonicalQuery(query url.Values) string {
	var all []string
	for name, values := range query {
		for _, value := range values {
			all = append(all, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "&")
}

func escape(word string) string { return strings.ReplaceAll(url.QueryEscape(word), "+", "%20") }
