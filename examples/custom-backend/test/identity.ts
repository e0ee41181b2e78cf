/** Made for these tests with `age-keygen`. It protects nothing. */
export const IDENTITY = "AGE-SECRET-KEY-1RQLRZVQS5FJNK4FEW47CZA9P9JVZ92PEK4PRFKQH2NL44QCMUFDSDGV60A";
