package sdk

// Categories returns the values of Connector.Categories that hosts know. A test of the host
// compares them with its own.
func Categories() []string {
	return []string{
		"automation", "background_check", "codebase", "communication", "crm", "cspm", "custom", "cyber_insurance",
		"digital_signature", "edr", "enterprise_sso", "external_policy", "hris", "identity", "infrastructure", "mdm",
		"observability", "security_reviews", "security_training", "ticketing", "user_access_review", "version_control",
		"vulnerability",
	}
}
