// Command gcp is the connector for Google Cloud. It reads the projects of an organization or folder, or some projects, with their IAM
// bindings, service accounts and keys, buckets, SQL instances, firewall rules and audit logging.
package main

import (
	_ "embed"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The IAM permissions, by Google's names.
const (
	listProjects  = "resourcemanager.projects.list"
	readPolicies  = "resourcemanager.projects.getIamPolicy"
	listAccounts  = "iam.serviceAccounts.list"
	listKeys      = "iam.serviceAccountKeys.list"
	listBuckets   = "storage.buckets.list"
	bucketPolicy  = "storage.buckets.getIamPolicy"
	listInstances = "cloudsql.instances.list"
	listFirewalls = "compute.firewalls.list"
)

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	all := []string{
		"projects", "bindings", "service_accounts", "service_account_keys", "buckets", "sql_instances", "firewalls", "audit_configs",
	}
	return &sdk.Connector{
		ID:           "gcp",
		Name:         "Google Cloud",
		Version:      "1.0.0",
		Vendor:       "Google",
		Summary:      "Reads who has access to Google Cloud projects, and how buckets, databases, firewalls and audit logs are set up.",
		Homepage:     "https://cloud.google.com/docs",
		License:      "Apache-2.0",
		Categories:   []string{"infrastructure", "cspm", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: listProjects, Reason: "Lists the projects, which every stream reads.", Streams: all},
			{ID: readPolicies, Reason: "Shows who has which role, and which access is logged.",
				Streams: []string{"bindings", "audit_configs", "buckets", "sql_instances", "firewalls"}},
			{ID: listAccounts, Reason: "Lists the service accounts.", Streams: []string{"service_accounts", "service_account_keys"}},
			{ID: listKeys, Reason: "Lists the keys of the service accounts, without their secrets.",
				Streams: []string{"service_account_keys"}},
			{ID: listBuckets, Reason: "Lists the buckets.", Streams: []string{"buckets"}},
			{ID: bucketPolicy, Reason: "Shows whether a bucket is public.", Streams: []string{"buckets"}},
			{ID: listInstances, Reason: "Lists the instances of Cloud SQL.", Streams: []string{"sql_instances"}},
			{ID: listFirewalls, Reason: "Lists the firewall rules.", Streams: []string{"firewalls"}},
		},
		Network: []sdk.NetworkHost{
			{Host: "oauth2.googleapis.com", Purpose: "The sign-in of the service account"},
			{Host: "cloudresourcemanager.googleapis.com", Purpose: "Projects, folders and IAM policies"},
			{Host: "iam.googleapis.com", Purpose: "Service accounts and their keys"},
			{Host: "storage.googleapis.com", Purpose: "Buckets"},
			{Host: "sqladmin.googleapis.com", Purpose: "Instances of Cloud SQL"},
			{Host: "compute.googleapis.com", Purpose: "Firewall rules"},
			{Host: "{base_url}", Purpose: "A gateway of your own, only when the advanced setting names one"},
		},
		MemoryMiB: 128,
		// The smallest default quota among the APIs: 1,200 reads of the Resource Manager in a minute.
		Limits:  sdk.Limits{RequestsPerSecond: 20, TenantSettings: []string{"root"}},
		Check:   check,
		Streams: streams(),
	}
}

func streams() []sdk.Stream {
	return []sdk.Stream{
		{Name: "projects", Title: "Projects", Kind: kind.KindResource, Permissions: []string{listProjects},
			Description: "Every active project below the organization or folder, or those in the settings.", Read: readProjects},
		{Name: "bindings", Title: "IAM bindings", Kind: kind.KindAccount, Permissions: []string{listProjects, readPolicies},
			Description: "Everyone who has a role in the allow policy of the organization, a folder or a project, with these roles.",
			Read:        readBindings},
		{Name: "service_accounts", Title: "Service accounts", Kind: kind.KindAccount, Permissions: []string{listProjects, listAccounts},
			Description: "Every service account of each project.", Read: readServiceAccounts},
		{Name: "service_account_keys", Title: "Keys of service accounts", Kind: kind.KindAutomation,
			Permissions: []string{listProjects, listAccounts, listKeys},
			Description: "Every key of a service account that people manage themselves.", Read: readKeys},
		{Name: "buckets", Title: "Buckets", Kind: kind.KindResource, Permissions: []string{listProjects, listBuckets},
			Description: "Every bucket of Cloud Storage, with its public access, encryption, versioning and logging.", Read: readBuckets},
		{Name: "sql_instances", Title: "SQL instances", Kind: kind.KindResource, Permissions: []string{listProjects, listInstances},
			Description: "Every instance of Cloud SQL, with its addresses, encryption and backups.", Read: readInstances},
		{Name: "firewalls", Title: "Firewall rules", Kind: kind.KindResource, Permissions: []string{listProjects, listFirewalls},
			Description: "Every firewall rule of the networks of each project.", Read: readFirewalls},
		{Name: "audit_configs", Title: "Audit logging", Kind: kind.KindCustom, Permissions: []string{listProjects, readPolicies},
			Description: "Which access to data is logged, as the organization, each folder and each project say it.",
			Read:        readAuditConfigs},
	}
}
