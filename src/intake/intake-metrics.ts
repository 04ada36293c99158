/** The few numbers the door counts; whoever shows them (Prometheus, a test) gives the function. */
export type IntakeCount =
  | 'messagesAccepted'
  | 'bytesAccepted'
  | 'messagesRefused'
  | 'messagesAdmitted'
  | 'admissionFailures'
  | 'smtpConnections'
  | 'smtpConnectionsRefused'
  | 'smtpSignInFailures'

export interface IntakeMetrics {
  count(what: IntakeCount, by: number): void
}

export const noMetrics: IntakeMetrics = { count: () => undefined }
