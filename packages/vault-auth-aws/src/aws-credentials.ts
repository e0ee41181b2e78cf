/** Credentials of an AWS identity, as every provider of the AWS SDK for JavaScript gives them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent: the credentials are those of a user and not of a session. */
  readonly sessionToken?: string;
  /** Absent: they do not expire, or nobody knows. */
  readonly expiration?: Date;
}

/** Gives credentials that are good now. It is asked at each login. */
export type AwsCredentialsProvider = () => Promise<AwsCredentials>;
