package host

// Category groups connectors by the compliance signal they give. The words and
// their order are those people see on the Available tab.
type Category string

// The categories a connector may belong to.
const (
	CategoryAutomation       Category = "automation"
	CategoryBackgroundCheck  Category = "background_check"
	CategoryCodebase         Category = "codebase"
	CategoryCommunication    Category = "communication"
	CategoryCRM              Category = "crm"
	CategoryCSPM             Category = "cspm"
	CategoryCustom           Category = "custom"
	CategoryCyberInsurance   Category = "cyber_insurance"
	CategoryDigitalSignature Category = "digital_signature"
	CategoryEDR              Category = "edr"
	CategoryEnterpriseSSO    Category = "enterprise_sso"
	CategoryExternalPolicy   Category = "external_policy"
	CategoryHRIS             Category = "hris"
	CategoryIdentity         Category = "identity"
	CategoryInfrastructure   Category = "infrastructure"
	CategoryMDM              Category = "mdm"
	CategoryObservability    Category = "observability"
	CategorySecurityReviews  Category = "security_reviews"
	CategorySecurityTraining Category = "security_training"
	CategoryTicketing        Category = "ticketing"
	CategoryUserAccessReview Category = "user_access_review"
	CategoryVersionControl   Category = "version_control"
	CategoryVulnerability    Category = "vulnerability"
)

// CategoryTitle pairs a category with the words shown for it.
type CategoryTitle struct {
	ID    Category `json:"id"`
	Title string   `json:"title"`
}

// Categories returns every category in the order of the Available tab.
func Categories() []CategoryTitle {
	return []CategoryTitle{
		{CategoryAutomation, "Automation tools"},
		{CategoryBackgroundCheck, "Background check"},
		{CategoryCodebase, "Codebase"},
		{CategoryCommunication, "Communication"},
		{CategoryCRM, "CRM"},
		{CategoryCSPM, "CSPM"},
		{CategoryCustom, "Custom"},
		{CategoryCyberInsurance, "Cyber insurance"},
		{CategoryDigitalSignature, "Digital signature"},
		{CategoryEDR, "EDR"},
		{CategoryEnterpriseSSO, "Enterprise SSO"},
		{CategoryExternalPolicy, "External policy"},
		{CategoryHRIS, "HRIS"},
		{CategoryIdentity, "Identity"},
		{CategoryInfrastructure, "Infrastructure"},
		{CategoryMDM, "MDM"},
		{CategoryObservability, "Observability"},
		{CategorySecurityReviews, "Security reviews"},
		{CategorySecurityTraining, "Security training"},
		{CategoryTicketing, "Ticketing"},
		{CategoryUserAccessReview, "User access review"},
		{CategoryVersionControl, "Version control"},
		{CategoryVulnerability, "Vulnerability"},
	}
}

// Known reports whether c is one of Categories.
func (c Category) Known() bool {
	for _, known := range Categories() {
		if known.ID == c {
			return true
		}
	}
	return false
}
