package aws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// op is an operation with the action of IAM that allows it; "" = nothing is needed.
type op struct {
	action string
	answer func(c *Cloud, q *Question) (any, Fail)
}

func operations() map[string]op {
	return map[string]op{
		"sts GetCallerIdentity": {"", callerIdentity}, "sts AssumeRole": {"sts:AssumeRole", assumeRole},
		"organizations ListAccounts": {"organizations:ListAccounts", listAccounts},

		"iam ListUsers": {"iam:ListUsers", listOfUsers}, "iam ListRoles": {"iam:ListRoles", listOfRoles},
		"iam GenerateCredentialReport":  {"iam:GenerateCredentialReport", generateReport},
		"iam GetCredentialReport":       {"iam:GetCredentialReport", getReport},
		"iam GetAccountSummary":         {"iam:GetAccountSummary", accountSummary},
		"iam GetAccountPasswordPolicy":  {"iam:GetAccountPasswordPolicy", accountPasswordPolicy},
		"iam ListMFADevices":            {"iam:ListMFADevices", ofUser(mfaDevices)},
		"iam GetLoginProfile":           {"iam:GetLoginProfile", ofUser(loginProfile)},
		"iam ListAccessKeys":            {"iam:ListAccessKeys", ofUser(accessKeys)},
		"iam GetAccessKeyLastUsed":      {"iam:GetAccessKeyLastUsed", keyLastUsed},
		"iam ListGroupsForUser":         {"iam:ListGroupsForUser", ofUser(groupsOfUser)},
		"iam ListAttachedUserPolicies":  {"iam:ListAttachedUserPolicies", policiesOfUser},
		"iam ListUserPolicies":          {"iam:ListUserPolicies", ofUser(inlineOfUser)},
		"iam ListAttachedGroupPolicies": {"iam:ListAttachedGroupPolicies", policiesOfGroup},
		"iam ListGroupPolicies":         {"iam:ListGroupPolicies", inlineOfGroup},
		"iam ListAttachedRolePolicies":  {"iam:ListAttachedRolePolicies", policiesOfRole},
		"iam ListRolePolicies":          {"iam:ListRolePolicies", inlineOfRole},

		"s3 ListBuckets":                 {"s3:ListAllMyBuckets", listBuckets},
		"s3 GetAccountPublicAccessBlock": {"s3:GetAccountPublicAccessBlock", accountBlock},
		"s3 GetBucketLocation":           {"s3:GetBucketLocation", bucketLocation},
		"s3 GetPublicAccessBlock":        {"s3:GetBucketPublicAccessBlock", ofBucket(bucketBlock)},
		"s3 GetBucketPolicyStatus":       {"s3:GetBucketPolicyStatus", ofBucket(bucketPolicy)},
		"s3 GetBucketAcl":                {"s3:GetBucketAcl", ofBucket(bucketACL)},
		"s3 GetBucketEncryption":         {"s3:GetEncryptionConfiguration", ofBucket(bucketEncryption)},
		"s3 GetBucketVersioning":         {"s3:GetBucketVersioning", ofBucket(bucketVersioning)},
		"s3 GetBucketLogging":            {"s3:GetBucketLogging", ofBucket(bucketLogging)},
		"s3 GetBucketTagging":            {"s3:GetBucketTagging", ofBucket(bucketTagging)},

		"ec2 DescribeRegions":        {"ec2:DescribeRegions", describeRegions},
		"ec2 DescribeSecurityGroups": {"ec2:DescribeSecurityGroups", describeGroups},
		"ec2 DescribeVpcs":           {"ec2:DescribeVpcs", describeVPCs}, "ec2 DescribeFlowLogs": {"ec2:DescribeFlowLogs", describeFlowLogs},
		"ec2 DescribeInstances":         {"ec2:DescribeInstances", describeInstances},
		"ec2 DescribeVolumes":           {"ec2:DescribeVolumes", describeVolumes},
		"ec2 GetEbsEncryptionByDefault": {"ec2:GetEbsEncryptionByDefault", encryptionByDefault},
		"rds DescribeDBInstances":       {"rds:DescribeDBInstances", describeDatabases},
		"rds DescribeDBClusters":        {"rds:DescribeDBClusters", describeClusters},

		"kms ListKeys": {"kms:ListKeys", listKeys}, "kms DescribeKey": {"kms:DescribeKey", describeKey},
		"kms GetKeyRotationStatus":  {"kms:GetKeyRotationStatus", keyRotation},
		"cloudtrail DescribeTrails": {"cloudtrail:DescribeTrails", describeTrails},
		"cloudtrail GetTrailStatus": {"cloudtrail:GetTrailStatus", trailStatus},
		"guardduty ListDetectors":   {"guardduty:ListDetectors", listDetectors}, "guardduty GetDetector": {"guardduty:GetDetector", getDetector},
		"config DescribeConfigurationRecorders":      {"config:DescribeConfigurationRecorders", recorders},
		"config DescribeConfigurationRecorderStatus": {"config:DescribeConfigurationRecorderStatus", recorderStates},
		"securityhub DescribeHub":                    {"securityhub:DescribeHub", describeHub},
		"securityhub GetFindings":                    {"securityhub:GetFindings", getFindings},
	}
}

var nothing = Fail{} //nolint:gochecknoglobals // a word

func callerIdentity(c *Cloud, q *Question) (any, Fail) {
	arn := "arn:aws:iam::" + q.account + ":user/" + ownName
	if q.account != c.lists.accounts[0].ID {
		arn = "arn:aws:sts::" + q.account + ":assumed-role/PlumblineReadOnly/plumbline"
	}
	return tag("Arn", arn) + tag("UserId", "AIDAPLUMBLINE") + tag("Account", q.account), nothing
}

func assumeRole(_ *Cloud, q *Question) (any, Fail) {
	part := strings.Split(q.form.Get("RoleArn"), ":")
	if q.form.Get("ExternalId") != ExternalID || !strings.HasSuffix(q.form.Get("RoleArn"), ":role/PlumblineReadOnly") {
		return nil, Fail{403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole on resource: " + q.form.Get("RoleArn")}
	}
	id := part[4]
	return tag("Credentials", tag("AccessKeyId", "ASIA"+id), tag("SecretAccessKey", roleSecret), tag("SessionToken", "token-of-"+id),
		tag("Expiration", "2099-01-01T00:00:00Z")), nothing
}

func listAccounts(c *Cloud, q *Question) (any, Fail) {
	token, _ := q.body["NextToken"].(string)
	rows, next := page(c, c.lists.accounts, token, "", 2) // pages may be small
	var all []map[string]any
	for _, a := range rows {
		all = append(all, map[string]any{"Id": a.ID, "Name": a.Name, "Email": a.Email, "Status": "ACTIVE", "JoinedTimestamp": 1.6e9})
	}
	if next == "" {
		all = append(all, map[string]any{"Id": "999999999999", "Name": "closed", "Status": "SUSPENDED"})
		return map[string]any{"Accounts": all}, nothing
	}
	return map[string]any{"Accounts": all, "NextToken": next}, nothing
}

func truncated(next string) string {
	if next == "" {
		return tag("IsTruncated", "false")
	}
	return tag("IsTruncated", "true") + tag("Marker", next)
}

func listOfUsers(c *Cloud, q *Question) (any, Fail) {
	rows, next := page(c, c.lists.users[q.account], q.form.Get("Marker"), q.form.Get("MaxItems"), 100)
	return list("Users", "member", rows, func(u company.CloudUser) []string {
		return []string{
			tag("Path", "/"), tag("UserName", u.Name), tag("UserId", fmt.Sprintf("AIDA%08d", u.N)), tag("Arn", userARN(u)),
			tag("CreateDate", moment(u.Created)),
		}
	}) + truncated(next), nothing
}

func userARN(u company.CloudUser) string { return "arn:aws:iam::" + u.Account + ":user/" + u.Name }

func listOfRoles(c *Cloud, q *Question) (any, Fail) {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + c.lists.accounts[0].ID +
		`:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + ExternalID + `"}}}]}`
	rows, next := page(c, roleNames(), q.form.Get("Marker"), q.form.Get("MaxItems"), 100)
	return list("Roles", "member", rows, func(name string) []string {
		return []string{
			tag("Path", "/"), tag("RoleName", name), tag("RoleId", "AROA"+name), tag("Arn", "arn:aws:iam::"+q.account+":role/"+name),
			tag("CreateDate", "2025-03-01T10:00:00Z"), tag("AssumeRolePolicyDocument", url.PathEscape(trust)),
		}
	}) + truncated(next), nothing
}

func roleNames() []string { return []string{"PlumblineReadOnly", "Deploy", "BreakGlass"} }

func generateReport(c *Cloud, _ *Question) (any, Fail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waited++; c.waited <= c.pending {
		return tag("State", "STARTED") + tag("Description", "No report exists. Starting a new report generation task"), nothing
	}
	return tag("State", "COMPLETE"), nothing
}

// getReport leaves out the first user of the account, who is newer than the report.
func getReport(c *Cloud, q *Question) (any, Fail) {
	lines := []string{"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation," +
		"mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region," +
		"access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date," +
		"access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"}
	none := "false,N/A,N/A,N/A,N/A"
	lines = append(lines, "<root_account>,arn:aws:iam::"+q.account+":root,2020-01-01T00:00:00+00:00,"+
		"not_supported,no_information,not_supported,not_supported,"+truth(rootMFA(c, q.account))+","+none+","+none+",false,N/A,false,N/A")
	for _, u := range c.lists.users[q.account][1:] {
		password := "false,N/A,N/A"
		if u.Password {
			password = "true," + moment(u.PasswordLastUsed) + "," + moment(u.Created)
		}
		keys := []string{none, none}
		for i, k := range u.AccessKeys {
			keys[i] = truth(k.Active) + "," + moment(k.Created) + "," + moment(k.LastUsed) + ",us-east-1,s3"
		}
		lines = append(lines, strings.Join([]string{u.Name, userARN(u), moment(u.Created), password, "N/A", truth(u.MFA), keys[0], keys[1],
			"false,N/A,false,N/A"}, ","))
	}
	content := base64.StdEncoding.EncodeToString([]byte(strings.Join(lines, "\n")))
	return tag("Content", content) + tag("ReportFormat", "text/csv") + tag("GeneratedTime", "2026-10-31T00:00:00Z"), nothing
}

// rootMFA says that the root user of the last account has no second factor.
func rootMFA(c *Cloud, account string) bool {
	return account != c.lists.accounts[len(c.lists.accounts)-1].ID
}

func accountSummary(c *Cloud, q *Question) (any, Fail) {
	entry := func(name string, n int) string { return tag("entry", tag("key", name), tag("value", fmt.Sprint(n))) }
	mfa := 0
	if rootMFA(c, q.account) {
		mfa = 1
	}
	return tag("SummaryMap", entry("AccountMFAEnabled", mfa), entry("AccountAccessKeysPresent", 0), entry("Users", 7)), nothing
}

func accountPasswordPolicy(c *Cloud, q *Question) (any, Fail) {
	if !rootMFA(c, q.account) {
		return nil, Fail{404, "NoSuchEntity", "The Password Policy with domain name " + q.account + " cannot be found."}
	}
	return tag("PasswordPolicy", tag("MinimumPasswordLength", "14"), tag("RequireSymbols", "true"), tag("RequireNumbers", "true"),
		tag("RequireUppercaseCharacters", "true"), tag("RequireLowercaseCharacters", "true"), tag("AllowUsersToChangePassword", "true"),
		tag("ExpirePasswords", "false"), tag("PasswordReusePrevention", "24")), nothing
}

func ofUser(answer func(u company.CloudUser) (string, Fail)) func(*Cloud, *Question) (any, Fail) {
	return func(c *Cloud, q *Question) (any, Fail) {
		for _, u := range c.lists.users[q.account] {
			if u.Name == q.form.Get("UserName") {
				return answer(u)
			}
		}
		if q.form.Get("UserName") == ownName {
			return answer(company.CloudUser{Name: ownName})
		}
		return nil, Fail{404, "NoSuchEntity", "The user with name " + q.form.Get("UserName") + " cannot be found."}
	}
}

func mfaDevices(u company.CloudUser) (string, Fail) {
	if !u.MFA {
		return tag("MFADevices") + truncated(""), nothing
	}
	return tag("MFADevices", tag("member", tag("UserName", u.Name), tag("SerialNumber", "arn:aws:iam::"+u.Account+":mfa/"+u.Name),
		tag("EnableDate", moment(u.Created)))) + truncated(""), nothing
}

func loginProfile(u company.CloudUser) (string, Fail) {
	if !u.Password {
		return "", Fail{404, "NoSuchEntity", "Login Profile for User " + u.Name + " cannot be found."}
	}
	return tag("LoginProfile", tag("UserName", u.Name), tag("CreateDate", moment(u.Created))), nothing
}

func accessKeys(u company.CloudUser) (string, Fail) {
	return list("AccessKeyMetadata", "member", u.AccessKeys, func(k company.AccessKey) []string {
		status := "Inactive"
		if k.Active {
			status = "Active"
		}
		return []string{tag("UserName", u.Name), tag("AccessKeyId", k.ID), tag("Status", status), tag("CreateDate", moment(k.Created))}
	}) + truncated(""), nothing
}

func keyLastUsed(c *Cloud, q *Question) (any, Fail) {
	for _, u := range c.lists.users[q.account] {
		for _, k := range u.AccessKeys {
			if k.ID == q.form.Get("AccessKeyId") {
				return tag("UserName", u.Name) + tag("AccessKeyLastUsed", tag("Region", "us-east-1"), tag("ServiceName", "s3"),
					tag("LastUsedDate", moment(k.LastUsed))), nothing
			}
		}
	}
	return nil, Fail{403, "AccessDenied", "User is not authorized to perform: iam:GetAccessKeyLastUsed"}
}

func groupsOfUser(u company.CloudUser) (string, Fail) {
	return list("Groups", "member", u.Groups, func(name string) []string {
		return []string{tag("GroupName", name), tag("GroupId", "AGPA"+name), tag("Arn", "arn:aws:iam::"+u.Account+":group/"+name)}
	}) + truncated(""), nothing
}

func attachedPolicies(names ...string) string {
	return list("AttachedPolicies", "member", names, func(name string) []string {
		return []string{tag("PolicyName", name), tag("PolicyArn", "arn:aws:iam::aws:policy/"+name)}
	}) + truncated("")
}

func inlinePolicies(names ...string) string {
	return list("PolicyNames", "member", names, func(name string) []string { return []string{name} }) + truncated("")
}

func policiesOfUser(c *Cloud, q *Question) (any, Fail) {
	policy := "IAMUserChangePassword"
	if c.Administrator && q.form.Get("UserName") == ownName {
		policy = "AdministratorAccess"
	}
	return ofUser(func(company.CloudUser) (string, Fail) { return attachedPolicies(policy), nothing })(c, q)
}

func inlineOfUser(company.CloudUser) (string, Fail) { return inlinePolicies(), nothing }

func missingGroup(c *Cloud, q *Question) Fail {
	for _, u := range c.lists.users[q.account] {
		if slices.Contains(u.Groups, q.form.Get("GroupName")) {
			return nothing
		}
	}
	return Fail{404, "NoSuchEntity", "The group with name " + q.form.Get("GroupName") + " cannot be found."}
}

func policiesOfGroup(c *Cloud, q *Question) (any, Fail) {
	if q.form.Get("GroupName") == "administrators" {
		return attachedPolicies("AdministratorAccess"), missingGroup(c, q)
	}
	return attachedPolicies("ReadOnlyAccess"), missingGroup(c, q)
}

func inlineOfGroup(c *Cloud, q *Question) (any, Fail) { return inlinePolicies(), missingGroup(c, q) }

func missingRole(q *Question) Fail {
	if slices.Contains(roleNames(), q.form.Get("RoleName")) {
		return nothing
	}
	return Fail{404, "NoSuchEntity", "The role with name " + q.form.Get("RoleName") + " cannot be found."}
}

func policiesOfRole(_ *Cloud, q *Question) (any, Fail) {
	return attachedPolicies(map[string]string{"BreakGlass": "AdministratorAccess", "Deploy": "AmazonEC2FullAccess"}[q.form.Get("RoleName")]),
		missingRole(q)
}

// inlineOfRole gives one role a policy of its own.
func inlineOfRole(_ *Cloud, q *Question) (any, Fail) {
	if q.form.Get("RoleName") == "Deploy" {
		return inlinePolicies("deploy"), nothing
	}
	return inlinePolicies(), missingRole(q)
}

func readJSON(text string) (answer map[string]any) {
	_ = json.Unmarshal([]byte(text), &answer)
	return answer
}
