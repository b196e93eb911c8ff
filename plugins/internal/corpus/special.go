package main

import "encoding/json"

// scripted is the plight of the fake connector whose script has a bug. It is there from the first sync on.
func scripted(id, how, stream string) plight {
	from := func(_ subject, settings map[string]any, _ map[string]string) {
		settings["streams"] = json.RawMessage("[" + stream + "]")
	}
	return plight{id: id, label: "connector.bug", how: how, atFirst: true, from: from}
}

// special returns the cases that only one connector can meet, with the answers that its
// vendor documents.
func special() []scene {
	return []scene{
		// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, Common client errors
		{"aws", answer("clock", "clock.skew", "AWS refuses a signature for its time", 403,
			`<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20260301T100000Z is now `+
				`earlier than 20260301T114500Z (20260301T120000Z - 15 min.)</Message></Error></ErrorResponse>`)},
		{"aws", answer("expired-session", "credential.expired", "the temporary credentials ran out", 400,
			`<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is `+
				`expired</Message></Error></ErrorResponse>`)},
		// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
		{"entra-id", answer("secret-expired", "credential.expired", "the client secret of the application ran out", 401,
			`{"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys for app '1f0d' are expired. `+
				`Visit the Azure portal to create new keys for your app"}`)},
		{"entra-id", answer("conditional-access", "address.blocked", "Conditional Access blocks the location", 400,
			`{"error": "interaction_required", "error_description": "AADSTS53003: Access has been blocked by Conditional Access policies. The `+
				`access policy does not allow token issuance."}`)},
		{"entra-id", answer("wrong-tenant", "tenant.wrong", "the tenant does not exist", 400,
			`{"error": "invalid_request", "error_description": "AADSTS90002: Tenant '11111111-2222-3333-4444-555555555555' not found. Check to `+
				`make sure you have the correct tenant ID."}`).firstTime("edit")},
		{"azure", answer("clock", "clock.skew", "the assertion is not valid yet by the vendor's clock", 401,
			`{"error": "invalid_client", "error_description": "AADSTS700024: Client assertion is not within its valid time range. Current `+
				`time: 2026-03-01T12:00:00Z, assertion valid from 2026-03-01T14:00:00Z"}`)},
		// https://docs.github.com/en/organizations/keeping-your-organization-secure, allowed IP addresses
		{"github", answer("ip-allow-list", "address.blocked", "an allow-list of the organization", 403,
			"{\"message\": \"Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list "+
				"enabled, and 203.0.113.7 is not permitted to access this resource.\"}")},
		// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
		{"github", answer("secondary-limit", "rate.limit", "the secondary rate limit, with 403", 403,
			`{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, "Retry-After", "1800")},
		// https://developers.docusign.com/platform/auth/jwt/jwt-get-token/
		{"docusign", answer("no-consent", "consent.withdrawn", "the user took the consent back", 400, `{"error": "consent_required"}`)},
		// https://help.salesforce.com: API Enabled is part of editions; the error of an org without it
		{"salesforce", answer("no-api", "plan.limit", "the edition has no API", 403,
			`[{"message": "The REST API is not enabled for this Organization. Your edition does not include it.", "errorCode": `+
				`"API_DISABLED_FOR_ORG"}]`)},
		{"salesforce", answer("daily-limit", "quota.used", "the requests of the day are used up, with 403", 403,
			`[{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]`)},
		{"fake", scripted("panic", "the connector panics", `{"name": "users", "records": 5, "fail_at": 2, "crash": "panic"}`)},
		{"fake", scripted("goroutine", "a goroutine of the connector panics",
			`{"name": "users", "records": 5, "fail_at": 2, "crash": "goroutine"}`)},
		{"fake", scripted("exit", "the connector ends in the middle",
			`{"name": "users", "records": 5, "fail_at": 2, "crash": "exit0"}`)},
		{"fake", scripted("killed", "the connector kills itself",
			`{"name": "users", "records": 5, "fail_at": 2, "crash": "kill"}`)},
		{"fake", scripted("big-record", "a record is larger than the connector may send",
			`{"name": "users", "records": 5, "big_record": 1100000}`)},
		{"fake", full()},
	}
}
