/** Credentials of an AWS identity, as every provider of the AWS SDK for JavaScript returns them. */
export interface AwsCredentials {
  /** The id of the access key. */
  readonly accessKeyId: string;
  /** The secret of the access key, with which requests are signed. */
  readonly secretAccessKey: string;
  /** Absent: the credentials are those of a user and not of a session. */
  readonly sessionToken?: string;
  /** Absent: they do not expire, or their expiry is unknown. */
  readonly expiration?: Date;
}

/** Returns valid credentials. Called for each login. */
export type AwsCredentialsProvider = () => Promise<AwsCredentials>;
