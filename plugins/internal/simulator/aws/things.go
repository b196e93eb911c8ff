package aws

import (
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

func listBuckets(c *Cloud, q *Question) (any, Fail) {
	rows, next := page(c, c.lists.buckets[q.account], q.form.Get("continuation-token"), q.form.Get("max-buckets"), 1000)
	answer := list("Buckets", "Bucket", rows, func(b company.Bucket) []string {
		fields := []string{tag("Name", b.Name), tag("CreationDate", moment(b.Created))}
		if b.N%5 > 0 { // the region of the others has to be asked for
			fields = append(fields, tag("BucketRegion", b.Region))
		}
		return fields
	})
	if next != "" {
		answer += tag("ContinuationToken", next)
	}
	return tag("ListAllMyBucketsResult", tag("Owner", tag("ID", "owner")), answer), nothing
}

func accountBlock(_ *Cloud, q *Question) (any, Fail) {
	if q.r.Header.Get("X-Amz-Account-Id") != q.account {
		return nil, Fail{400, "InvalidRequest", "the account id is missing"}
	}
	return nil, Fail{404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"}
}

func findBucket(c *Cloud, q *Question) (company.Bucket, Fail) {
	for _, b := range c.lists.buckets[q.account] {
		if b.Name == q.bucket {
			return b, nothing
		}
	}
	return company.Bucket{}, Fail{404, "NoSuchBucket", "The specified bucket does not exist"}
}

func bucketLocation(c *Cloud, q *Question) (any, Fail) {
	b, f := findBucket(c, q)
	region := b.Region
	if region == "us-east-1" {
		region = ""
	}
	return tag("LocationConstraint", region), f
}

// ofBucket answers only in the bucket's own region.
func ofBucket(answer func(b company.Bucket) (any, Fail)) func(*Cloud, *Question) (any, Fail) {
	return func(c *Cloud, q *Question) (any, Fail) {
		b, f := findBucket(c, q)
		if f.Status == 0 && b.Region != q.region {
			f = Fail{301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."}
		}
		if f.Status != 0 {
			return nil, f
		}
		return answer(b)
	}
}

func bucketBlock(b company.Bucket) (any, Fail) {
	if !b.BlockPublicAccess {
		return nil, Fail{404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"}
	}
	return tag("PublicAccessBlockConfiguration", tag("BlockPublicAcls", "true"), tag("IgnorePublicAcls", "true"),
		tag("BlockPublicPolicy", "true"), tag("RestrictPublicBuckets", "true")), nothing
}

// bucketPolicy: every second public bucket is public by its policy, the others by their ACL.
func bucketPolicy(b company.Bucket) (any, Fail) {
	if !b.Public || b.N%2 == 0 {
		return nil, Fail{404, "NoSuchBucketPolicy", "The bucket policy does not exist"}
	}
	return tag("PolicyStatus", tag("IsPublic", "true")), nothing
}

func bucketACL(b company.Bucket) (any, Fail) {
	grant := func(grantee, permission string) string { return tag("Grant", grantee, tag("Permission", permission)) }
	xsi := `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="`
	grants := grant(xsi+`CanonicalUser"><ID>owner</ID></Grantee>`, "FULL_CONTROL")
	if b.Public && b.N%2 == 0 {
		grants += grant(xsi+`Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>`, "READ")
	}
	return tag("AccessControlPolicy", tag("Owner", tag("ID", "owner")), tag("AccessControlList", grants)), nothing
}

func bucketEncryption(b company.Bucket) (any, Fail) {
	if !b.Encrypted {
		return nil, Fail{404, "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"}
	}
	algorithm := "AES256"
	if b.KMS {
		algorithm = "aws:kms"
	}
	return tag("ServerSideEncryptionConfiguration", tag("Rule",
		tag("ApplyServerSideEncryptionByDefault", tag("SSEAlgorithm", algorithm)), tag("BucketKeyEnabled", "false"))), nothing
}

func bucketVersioning(b company.Bucket) (any, Fail) {
	if !b.Versioned {
		return tag("VersioningConfiguration"), nothing
	}
	return tag("VersioningConfiguration", tag("Status", "Enabled")), nothing
}

func bucketLogging(b company.Bucket) (any, Fail) {
	if !b.Logged {
		return tag("BucketLoggingStatus"), nothing
	}
	return tag("BucketLoggingStatus", tag("LoggingEnabled", tag("TargetBucket", "logs"), tag("TargetPrefix", b.Name))), nothing
}

func bucketTagging(b company.Bucket) (any, Fail) {
	if len(b.Tags) == 0 {
		return nil, Fail{404, "NoSuchTagSet", "The TagSet does not exist"}
	}
	var all []string
	for key, value := range b.Tags {
		all = append(all, tag("Tag", tag("Key", key), tag("Value", value)))
	}
	return tag("Tagging", tag("TagSet", all...)), nothing
}

func regionNames() []string { return []string{"eu-central-1", "us-east-1", "ap-southeast-1"} }

func describeRegions(*Cloud, *Question) (any, Fail) {
	return list("regionInfo", "item", regionNames(), func(name string) []string {
		return []string{tag("regionName", name), tag("regionEndpoint", "ec2."+name+".amazonaws.com"), tag("optInStatus", "opt-in-not-required")}
	}), nothing
}

func tagSet(tags map[string]string) string {
	var all []string
	for key, value := range tags {
		all = append(all, tag("item", tag("key", key), tag("value", value)))
	}
	return tag("tagSet", all...)
}

// here returns a page of the rows of a region of an account.
func here[T any](c *Cloud, q *Question, rows []T, where func(T) (account, region string), usual int) ([]T, string) {
	var found []T
	for _, r := range rows {
		if account, region := where(r); account == q.account && region == q.region {
			found = append(found, r)
		}
	}
	token, most := q.form.Get("NextToken")+q.form.Get("Marker"), q.form.Get("MaxResults")+q.form.Get("MaxRecords")
	return page(c, found, token, most, usual)
}

func nextToken(next string) string {
	if next == "" {
		return ""
	}
	return tag("nextToken", next)
}

func describeGroups(c *Cloud, q *Question) (any, Fail) {
	rows, next := here(c, q, c.lists.groups, func(g company.SecurityGroup) (string, string) { return g.Account, g.Region }, 1000)
	return list("securityGroupInfo", "item", rows, func(g company.SecurityGroup) []string {
		var rules []string
		for _, port := range g.OpenPorts {
			rules = append(rules, tag("item", tag("ipProtocol", "tcp"), tag("fromPort", fmt.Sprint(port)), tag("toPort", fmt.Sprint(port)),
				tag("groups"), tag("ipRanges", tag("item", tag("cidrIp", "0.0.0.0/0"))), tag("ipv6Ranges")))
		}
		rules = append(rules, tag("item", tag("ipProtocol", "-1"), tag("ipRanges", tag("item", tag("cidrIp", "10.0.0.0/8"))), tag("ipv6Ranges")))
		return []string{tag("ownerId", g.Account), tag("groupId", g.ID), tag("groupName", g.Name), tag("groupDescription", g.Description),
			tag("ipPermissions", rules...), tag("ipPermissionsEgress"), tagSet(nil)}
	}) + nextToken(next), nothing
}

// vpcOf is the only network of a region of an account. The one in ap-southeast-1 has no flow log.
func vpcOf(q *Question) string { return "vpc-" + q.account[:6] + q.region }

func describeVPCs(_ *Cloud, q *Question) (any, Fail) {
	return tag("vpcSet", tag("item", tag("vpcId", vpcOf(q)), tag("ownerId", q.account), tag("state", "available"),
		tag("cidrBlock", "10.0.0.0/16"),
		tag("isDefault", "false"), tagSet(map[string]string{"Name": "main"}))), nothing
}

func describeFlowLogs(_ *Cloud, q *Question) (any, Fail) {
	if q.region == "ap-southeast-1" {
		return tag("flowLogSet"), nothing
	}
	return tag("flowLogSet", tag("item", tag("flowLogId", "fl-1"), tag("resourceId", vpcOf(q)), tag("flowLogStatus", "ACTIVE"),
		tag("trafficType", "ALL"))), nothing
}

func placeOf(i company.Instance) (account, region string) { return i.Account, i.Region }

func describeInstances(c *Cloud, q *Question) (any, Fail) {
	rows, next := here(c, q, c.lists.instances, placeOf, 1000)
	return list("reservationSet", "item", rows, func(i company.Instance) []string {
		fields := []string{
			tag("instanceId", i.ID), tag("imageId", i.Image), tag("instanceType", i.Type), tag("launchTime", moment(i.Launched)),
			tag("instanceState", tag("code", "16"), tag("name", "running")), tagSet(withName(i)),
			tag("groupSet", tag("item", tag("groupId", i.SecurityGroup), tag("groupName", "g"))),
			tag("blockDeviceMapping", tag("item", tag("deviceName", "/dev/xvda"), tag("ebs", tag("volumeId", volumeOf(i))))),
		}
		if i.PublicIP != "" {
			fields = append(fields, tag("ipAddress", i.PublicIP))
		}
		return []string{tag("reservationId", "r-1"), tag("ownerId", i.Account), tag("instancesSet", tag("item", fields...))}
	}) + nextToken(next), nothing
}

func withName(i company.Instance) map[string]string {
	tags := map[string]string{"Name": i.Name}
	for key, value := range i.Tags {
		tags[key] = value
	}
	return tags
}

func volumeOf(i company.Instance) string { return "vol-" + strings.TrimPrefix(i.ID, "i-") }

func describeVolumes(c *Cloud, q *Question) (any, Fail) {
	rows, next := here(c, q, c.lists.instances, placeOf, 1000)
	return list("volumeSet", "item", rows, func(i company.Instance) []string {
		return []string{tag("volumeId", volumeOf(i)), tag("size", "30"), tag("encrypted", truth(i.Encrypted)), tag("status", "in-use"),
			tag("createTime", moment(i.Launched)), tag("availabilityZone", i.Region+"a")}
	}) + nextToken(next), nothing
}

func encryptionByDefault(_ *Cloud, q *Question) (any, Fail) {
	return tag("ebsEncryptionByDefault", truth(q.region != "ap-southeast-1")), nothing
}

func describeDatabases(c *Cloud, q *Question) (any, Fail) {
	rows, next := here(c, q, c.lists.databases, func(d company.Database) (string, string) { return d.Account, d.Region }, 100)
	answer := list("DBInstances", "DBInstance", rows, func(d company.Database) []string {
		return []string{tag("DBInstanceIdentifier", d.ID), tag("DBInstanceArn", databaseARN(d)), tag("Engine", d.Engine),
			tag("StorageEncrypted", truth(d.Encrypted)), tag("PubliclyAccessible", truth(d.Public)),
			tag("BackupRetentionPeriod", fmt.Sprint(d.BackupDays)), tag("MultiAZ", truth(d.MultiZone)), tag("InstanceCreateTime", moment(d.Created)),
			tag("LatestRestorableTime", moment(d.Created)), tag("TagList")}
	})
	if next != "" {
		answer += tag("Marker", next)
	}
	return answer, nothing
}

func databaseARN(d company.Database) string {
	return "arn:aws:rds:" + d.Region + ":" + d.Account + ":db:" + d.ID
}

// describeClusters: every region of an account has one cluster.
func describeClusters(_ *Cloud, q *Question) (any, Fail) {
	return tag("DBClusters", tag("DBCluster", tag("DBClusterIdentifier", "main"), tag("DBClusterArn", clusterARN(q.account, q.region)),
		tag("StorageEncrypted", "true"), tag("BackupRetentionPeriod", "7"))), nothing
}

func clusterARN(account, region string) string {
	return "arn:aws:rds:" + region + ":" + account + ":cluster:main"
}

func keyARN(k company.Key) string {
	return "arn:aws:kms:" + k.Region + ":" + k.Account + ":key/" + k.ID
}

// listKeys has the company's keys and one of AWS.
func listKeys(c *Cloud, q *Question) (any, Fail) {
	token, _ := q.body["Marker"].(string)
	q.form = map[string][]string{"Marker": {token}}
	rows, next := here(c, q, c.lists.keys, func(k company.Key) (string, string) { return k.Account, k.Region }, 1000)
	all := []map[string]any{}
	for _, k := range rows {
		all = append(all, map[string]any{"KeyId": k.ID, "KeyArn": keyARN(k)})
	}
	if next != "" {
		return map[string]any{"Keys": all, "Truncated": true, "NextMarker": next}, nothing
	}
	all = append(all, map[string]any{"KeyId": "of-aws", "KeyArn": "arn:aws:kms:" + q.region + ":" + q.account + ":key/of-aws"})
	return map[string]any{"Keys": all, "Truncated": false}, nothing
}

func describeKey(c *Cloud, q *Question) (any, Fail) {
	id, _ := q.body["KeyId"].(string)
	for _, k := range c.lists.keys {
		if k.ID == id {
			return map[string]any{"KeyMetadata": map[string]any{
				"KeyId": id, "Arn": keyARN(k), "AWSAccountId": k.Account, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Enabled": true,
				"KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "KeyUsage": "ENCRYPT_DECRYPT", "Description": k.Description,
				"CreationDate": float64(k.Created.Unix()),
			}}, nothing
		}
	}
	return map[string]any{"KeyMetadata": map[string]any{"KeyId": id, "KeyManager": "AWS", "Enabled": true, "KeyState": "Enabled"}}, nothing
}

func keyRotation(c *Cloud, q *Question) (any, Fail) {
	for _, k := range c.lists.keys {
		if k.ID == q.body["KeyId"] {
			return map[string]any{"KeyRotationEnabled": k.Rotated, "KeyId": k.ID, "RotationPeriodInDays": 365}, nothing
		}
	}
	return map[string]any{"KeyRotationEnabled": true}, nothing
}

func trailARN(t company.Trail) string {
	return "arn:aws:cloudtrail:" + t.Region + ":" + t.Account + ":trail/" + t.Name
}

// describeTrails shows a trail of several regions in each of them.
func describeTrails(c *Cloud, q *Question) (any, Fail) {
	all := []map[string]any{}
	for _, t := range c.lists.trails {
		shadow := t.Region != q.region
		if t.Account != q.account && !c.ofOrganization(t) || shadow && (!t.MultiRegion || q.body["includeShadowTrails"] == false) {
			continue
		}
		all = append(all, map[string]any{"Name": t.Name, "TrailARN": trailARN(t), "HomeRegion": t.Region, "IsMultiRegionTrail": t.MultiRegion,
			"LogFileValidationEnabled": t.Validation, "S3BucketName": t.Bucket, "IsOrganizationTrail": c.ofOrganization(t)})
	}
	return map[string]any{"trailList": all}, nothing
}

// ofOrganization says that the first trail is one of the organization: every account sees it, and only its own its state.
func (c *Cloud) ofOrganization(t company.Trail) bool { return t.Name == c.lists.trails[0].Name }

func trailStatus(c *Cloud, q *Question) (any, Fail) {
	for _, t := range c.lists.trails {
		if trailARN(t) == q.body["Name"] && t.Account == q.account {
			return map[string]any{"IsLogging": t.Logging, "LatestDeliveryTime": 1.7e9}, nothing
		}
	}
	return nil, Fail{400, "TrailNotFoundException", "Unknown trail"}
}

// off says that the services that watch are off in one region.
func off(q *Question) bool { return q.region == "ap-southeast-1" }

func listDetectors(_ *Cloud, q *Question) (any, Fail) {
	if off(q) {
		return readJSON(`{"detectorIds":[]}`), nothing
	}
	return readJSON(`{"detectorIds":["12abc34d567e8fa901bc2d34e56789f0"]}`), nothing
}

func getDetector(*Cloud, *Question) (any, Fail) {
	return readJSON(`{"status":"ENABLED","createdAt":"2025-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}`),
		nothing
}

func recorders(_ *Cloud, q *Question) (any, Fail) {
	if off(q) {
		return readJSON(`{"ConfigurationRecorders":[]}`), nothing
	}
	return readJSON(`{"ConfigurationRecorders":[{"name":"default","recordingGroup":{"allSupported":true}}]}`), nothing
}

func recorderStates(*Cloud, *Question) (any, Fail) {
	return readJSON(`{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS"}]}`), nothing
}

func hubOff(q *Question) Fail {
	if off(q) {
		return Fail{401, "InvalidAccessException", "Account " + q.account + " is not subscribed to AWS Security Hub"}
	}
	return nothing
}

func describeHub(_ *Cloud, q *Question) (any, Fail) {
	arn := "arn:aws:securityhub:" + q.region + ":" + q.account + ":hub/default"
	return map[string]any{"HubArn": arn, "AutoEnableControls": true}, hubOff(q)
}

func findingID(account, region string, n int) string {
	return fmt.Sprintf("arn:aws:securityhub:%s:%s:security-control/S3.%d/finding/%d", region, account, n, n)
}

func getFindings(_ *Cloud, q *Question) (any, Fail) {
	var all []map[string]any
	for n := range 3 {
		all = append(all, map[string]any{
			"Id": findingID(q.account, q.region, n), "Title": fmt.Sprint("S3 control ", n), "AwsAccountId": q.account, "RecordState": "ACTIVE",
			"Severity": map[string]any{"Label": []string{"CRITICAL", "LOW", "INFORMATIONAL"}[n], "Normalized": 90},
			"Workflow": map[string]any{"Status": []string{"NEW", "SUPPRESSED", "RESOLVED"}[n]}, "CreatedAt": "2026-01-01T00:00:00.000Z",
			"UpdatedAt": "2026-10-01T00:00:00.000Z", "Resources": []map[string]any{{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::x"}},
		})
	}
	return map[string]any{"Findings": all}, hubOff(q)
}
