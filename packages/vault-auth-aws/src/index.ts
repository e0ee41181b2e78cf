export { type AwsAuthOptions, awsAuth } from "./aws-auth.ts";
export type { AwsCredentials, AwsCredentialsProvider } from "./aws-credentials.ts";
